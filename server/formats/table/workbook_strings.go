package table

import (
	"bufio"
	"encoding/xml"
	"io"
	"os"
	"strings"
)

// sharedStrings are the texts that cells refer to by number. They may be as many as the
// cells, so that they are kept in a file; in memory are where each begins, and the blocks that
// were read last: a workbook refers to them mostly in their order.
type sharedStrings struct {
	file   *os.File
	starts []int64 // of each, and the end of the last
	blocks [stringBlocks]stringBlock
	buf    []byte
}

const (
	stringBlocks    = 64
	stringBlockSize = 64 << 10
)

// stringBlock is a piece of the file.
type stringBlock struct {
	number int64 // of the piece, from 1; 0: none
	bytes  []byte
}

// readStrings reads the shared strings into a file.
func (w *workbook) readStrings(o Options) error {
	if w.part("xl/sharedStrings.xml") == nil {
		return nil
	}
	s := &sharedStrings{starts: []int64{0}}
	w.strings = s
	var err error
	if s.file, err = os.CreateTemp(o.TempDir, o.TempName); err != nil {
		return err
	}
	out := bufio.NewWriterSize(s.file, stringBlockSize)
	at := int64(0)
	err = w.decode("xl/sharedStrings.xml", func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := readText(d, "si", o.Limits.MaxLine)
		if err != nil {
			return err
		}
		n, err := out.WriteString(text)
		at += int64(n)
		s.starts = append(s.starts, at)
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// readText reads the text up to the end of an element: that of its <t>, in one piece or several,
// but not how it is pronounced.
func readText(d *xml.Decoder, until string, most int) (string, error) {
	var b strings.Builder
	inText, pronounced := false, 0
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "t":
				inText = true
			case "rPh":
				pronounced++
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "rPh":
				pronounced--
			case until:
				return unescape(b.String()), nil
			}
		case xml.CharData:
			if inText && pronounced == 0 && b.Len() < most {
				b.Write(e)
			}
		}
	}
}

// at returns the text of a number, valid until the next call; false where there is none.
func (s *sharedStrings) at(n int) ([]byte, bool, error) {
	if s == nil || n < 0 || n+1 >= len(s.starts) {
		return nil, false, nil
	}
	s.buf = s.buf[:0]
	for at, end := s.starts[n], s.starts[n+1]; at < end; {
		block, err := s.block(at / stringBlockSize)
		if err != nil {
			return nil, false, err
		}
		inside := at % stringBlockSize
		part := block[inside:min(int64(len(block)), inside+end-at)]
		if len(part) == 0 {
			return nil, false, io.ErrUnexpectedEOF
		}
		s.buf = append(s.buf, part...)
		at += int64(len(part))
	}
	return s.buf, true, nil
}

func (s *sharedStrings) block(number int64) ([]byte, error) {
	b := &s.blocks[number%stringBlocks]
	if b.number == number+1 {
		return b.bytes, nil
	}
	if b.bytes == nil {
		b.bytes = make([]byte, stringBlockSize)
	}
	n, err := s.file.ReadAt(b.bytes[:stringBlockSize], number*stringBlockSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	b.number, b.bytes = number+1, b.bytes[:n]
	return b.bytes, nil
}

func (s *sharedStrings) close() error { return removeFile(s.file) }
