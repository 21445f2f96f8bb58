package formats

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"

	"glow/schema"
)

// ReadNDJSON reads records of any kinds: on each line a JSON object that has a
// "kind" beside its fields. Blank lines are passed over. A bad line is a
// schema.Fault and does not end the reading. See ReadCSV for what is yielded.
func ReadNDJSON(r io.Reader, o Options) iter.Seq2[*schema.Record, error] {
	o = o.orDefault()
	return func(yield func(*schema.Record, error) bool) {
		lines := newLineReader(r, o.Limits.MaxLine)
		objects := newObjectReader(o)
		next := func(rec *schema.Record) error {
			line, err := lines.next()
			if err != nil {
				return o.failed(err)
			}
			return objects.read(rec, line, lines.line)
		}
		yieldRecords(next, yield)
	}
}

// lineReader reads the non-blank lines of a file.
type lineReader struct {
	r    *bufio.Reader
	max  int
	line int // of what next returned, from 1
	long []byte
}

func newLineReader(r io.Reader, maxLine int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, bufferSize), max: maxLine}
}

// next returns the next line that is not blank, valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	for {
		if l.line == 0 {
			if err := skipBOM(l.r); err != nil {
				l.line = 1
				return nil, err
			}
		}
		line, err := l.read()
		if err != nil {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}

// read returns the next line. One that is over the limit is passed over as a
// whole and reported as a Fault.
func (l *lineReader) read() ([]byte, error) {
	l.line++
	line, err := l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		l.long = l.long[:0]
		for err == bufio.ErrBufferFull {
			l.extend(line)
			line, err = l.r.ReadSlice('\n')
		}
		l.extend(line)
		line = l.long
	}
	switch {
	case err != nil && (err != io.EOF || len(line) == 0):
		return nil, err
	case len(line) > l.max+1: // the line end is not counted
		return nil, schema.Fault{Line: l.line, Message: fmt.Sprintf("the line is longer than %d bytes", l.max)}
	}
	return line, nil
}

// extend appends a part of a line to long, unless that is over the limit already.
func (l *lineReader) extend(part []byte) {
	if len(l.long) <= l.max+1 {
		l.long = append(l.long, part...)
	}
}

// skipBOM passes over a UTF-8 byte-order mark and refuses those of UTF-16.
func skipBOM(r *bufio.Reader) error {
	head, _ := r.Peek(len(utf8BOM))
	if startsUTF16(head) {
		r.Reset(bytes.NewReader(nil))
		return schema.Fault{Line: 1, Message: faultUTF16}
	}
	if string(head) == utf8BOM {
		r.Discard(len(utf8BOM))
	}
	return nil
}
