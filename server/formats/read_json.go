package formats

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"

	"glow/schema"
)

// ReadJSON reads records of any kinds from a JSON array of objects, or from one
// object; single tells which. Each object has a "kind" beside its fields. What
// is not JSON ends the reading with a schema.Fault. See ReadCSV for what is
// yielded.
func ReadJSON(r io.Reader, o Options) (records iter.Seq2[*schema.Record, error], single bool, err error) {
	o = o.orDefault()
	e := elementReader{r: bufio.NewReaderSize(r, jsonBuffer), max: o.Limits.MaxLine, line: 1}
	if err := skipBOM(e.r); err != nil {
		return nil, false, o.failed(err)
	}
	switch c, err := e.skipSpace(); {
	case err == io.EOF:
		return nil, false, o.fault(1, "the JSON is empty; write an array of records, or one record")
	case err != nil:
		return nil, false, o.failed(err)
	case c == '[':
		e.take()
	default:
		single = true
	}
	objects := newObjectReader(o)
	return func(yield func(*schema.Record, error) bool) {
		next := func(rec *schema.Record) error {
			object, err := e.next(single)
			if err != nil {
				e.ended = true // where the next record starts cannot be told
				return o.failed(err)
			}
			return objects.read(rec, object, e.first)
		}
		yieldRecords(next, yield)
	}, single, nil
}

// jsonBuffer is small: most bodies are one record.
const jsonBuffer = 4 << 10

// elementReader cuts a JSON array into its elements. It looks for nothing but their
// ends, which jsontext.Decoder cannot do: the decoder stops for good at the first syntax
// error, while here a bad record is reported and the next one is read. It also bounds
// the length of a record before it is in memory, and knows the line of each.
type elementReader struct {
	r     *bufio.Reader
	max   int
	line  int  // of the next byte
	first int  // line on which the element starts
	begun bool // an element was read
	ended bool
	buf   []byte
}

// next returns the next element, valid until the next call; io.EOF at the end.
// With single there is one element and no array around it.
func (e *elementReader) next(single bool) ([]byte, error) {
	if e.ended {
		return nil, io.EOF
	}
	if single {
		e.ended = true
		return e.element()
	}
	c, err := e.skipSpace()
	if err != nil {
		return nil, e.cutOff(err)
	}
	if c == ']' {
		e.ended = true
		e.take()
		if _, err := e.skipSpace(); err == nil {
			return nil, e.fault("there is text after the array")
		} else if err != io.EOF {
			return nil, err
		}
		return nil, io.EOF
	}
	if e.begun {
		if c != ',' {
			return nil, e.fault("is not valid JSON: after a record comes %q instead of a comma or ]", c)
		}
		e.take()
		if c, err = e.skipSpace(); err != nil {
			return nil, e.cutOff(err)
		}
	}
	if c == ',' || c == ']' {
		return nil, e.fault("is not valid JSON: there is no record between the commas")
	}
	e.begun = true
	return e.element()
}

// element reads one value. A single value is followed by all that stands behind
// it, so that text after it is noticed.
func (e *elementReader) element() ([]byte, error) {
	e.buf, e.first = e.buf[:0], e.line
	var n nesting
	for {
		if _, err := e.peek(); err == io.EOF && e.ended {
			return e.buf, nil
		} else if err != nil {
			return nil, e.cutOff(err)
		}
		chunk, _ := e.r.Peek(e.r.Buffered())
		ended := false
		if !e.ended {
			var length int
			length, ended = n.advance(chunk)
			chunk = chunk[:length]
		}
		if len(e.buf)+len(chunk) > e.max {
			return nil, schema.Fault{Line: e.first, Message: fmt.Sprintf("the record is longer than %d bytes", e.max)}
		}
		e.buf = append(e.buf, chunk...)
		e.line += bytes.Count(chunk, []byte("\n"))
		e.r.Discard(len(chunk))
		if ended {
			return e.buf, nil
		}
	}
}

// nesting follows a JSON value to its end: the bracket that closes it or, if it is
// not an object or array, what cannot be part of it.
type nesting struct {
	depth             int
	inString, escaped bool
}

// advance returns how many bytes of b belong to the value, and whether it ends there.
func (n *nesting) advance(b []byte) (length int, ended bool) {
	for i, c := range b {
		switch {
		case n.escaped:
			n.escaped = false
		case n.inString:
			n.escaped = c == '\\'
			n.inString = c != '"'
		case c == '"':
			n.inString = true
		case c == '{' || c == '[':
			n.depth++
		case c == '}' || c == ']':
			if n.depth == 0 {
				return i, true
			}
			if n.depth--; n.depth == 0 {
				return i + 1, true
			}
		case c == ',' && n.depth == 0:
			return i, true
		}
	}
	return len(b), false
}

func (e *elementReader) cutOff(err error) error {
	if err == io.EOF {
		return e.fault("is cut off: the JSON array is not closed")
	}
	return err
}

func (e *elementReader) fault(format string, args ...any) error {
	return schema.Fault{Line: e.line, Message: fmt.Sprintf(format, args...)}
}

// skipSpace passes over white space and returns the byte behind it.
func (e *elementReader) skipSpace() (byte, error) {
	for {
		c, err := e.peek()
		if err != nil || c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, err
		}
		e.take()
	}
}

func (e *elementReader) peek() (byte, error) {
	b, err := e.r.Peek(1)
	if len(b) == 0 {
		return 0, err
	}
	return b[0], nil
}

// take passes over the byte that peek returned.
func (e *elementReader) take() {
	if c, err := e.r.ReadByte(); err == nil && c == '\n' {
		e.line++
	}
}
