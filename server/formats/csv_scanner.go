package formats

import (
	"bytes"
	"fmt"
	"io"

	"glow/schema"
)

// Scanner reads CSV row by row: RFC 4180, plus what real files do. Rows end in
// LF, CRLF or CR, also mixed; a UTF-8 byte-order mark and blank lines are skipped;
// a quote inside an unquoted cell stands for itself.
//
// It is not encoding/csv, which knows no CR, holds a cell of any length in memory,
// turns CRLF inside a cell into LF, makes a string of every row, and cannot go on behind
// a bad row at the place where the next one starts. Here reading a row allocates nothing.
type Scanner struct {
	r       io.Reader
	readErr error // what r returned at last; io.EOF at the end

	buf      []byte
	pos, end int // the unread part of buf

	comma      byte
	sniffing   bool // comma is not known before the first row
	maxColumns int
	maxCell    int

	begun bool
	line  int // of the next byte
	first int // line on which the row starts

	row    []byte // the cells of the row, one after the other
	ends   []int  // where each cell ends in row
	quoted bool   // whether the last cell was
	cells  [][]byte
	err    error
}

// ScanOptions say how a Scanner reads; zero fields take the defaults.
type ScanOptions struct {
	Comma      byte // separates cells; 0: the one of , ; and tab that the first row has most of
	MaxColumns int  // cells of a row; default 64
	MaxCell    int  // bytes of a cell; default 1 MiB
}

const bufferSize = 64 << 10

// NewScanner returns a Scanner that reads r.
func NewScanner(r io.Reader, o ScanOptions) *Scanner {
	d := DefaultLimits()
	s := &Scanner{r: r, buf: make([]byte, bufferSize), comma: o.Comma, sniffing: o.Comma == 0,
		maxColumns: o.MaxColumns, maxCell: o.MaxCell, line: 1}
	if s.maxColumns == 0 {
		s.maxColumns = d.MaxColumns
	}
	if s.maxCell == 0 {
		s.maxCell = d.MaxLine
	}
	return s
}

// Scan moves to the next row. It returns false at the end of the input and when a
// row cannot be read; Err tells which. After an error that is a schema.Fault Scan
// may be called again and goes on after the bad row.
func (s *Scanner) Scan() bool {
	s.err = nil
	s.cells = s.cells[:0]
	if !s.begun {
		s.begun = true
		if s.err = s.skipBOM(); s.err != nil {
			s.readErr, s.pos = io.EOF, s.end
			return false
		}
	}
	for {
		s.first = s.line
		if _, ok := s.peek(); !ok {
			s.err = s.failed()
			return false
		}
		if s.sniffing {
			s.comma = s.sniff()
		}
		if s.err = s.readRow(); s.err != nil {
			return false
		}
		if len(s.ends) > 1 || s.quoted || len(bytes.TrimSpace(s.row)) > 0 {
			break
		}
	}
	s.sniffing = false
	from := 0
	for _, to := range s.ends {
		s.cells = append(s.cells, s.row[from:to:to])
		from = to
	}
	return true
}

// Cells returns the row's cells without their quotes, as the raw bytes of the
// input: line breaks inside a quoted cell stay as they are. They are valid until
// the next Scan.
func (s *Scanner) Cells() [][]byte { return s.cells }

// Line returns the line, from 1, on which the row starts. CR, LF and CRLF each
// end one line, also inside a quoted cell.
func (s *Scanner) Line() int { return s.first }

// Err returns why Scan returned false: nil at the end of the input, a
// schema.Fault with the line for a row that is not CSV, or the reader's error.
func (s *Scanner) Err() error { return s.err }

// fill reads more bytes into buf and reports whether any came.
func (s *Scanner) fill() bool {
	if s.pos > 0 {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	for empty := 0; s.readErr == nil && s.end < len(s.buf); empty++ {
		var n int
		n, s.readErr = s.r.Read(s.buf[s.end:])
		s.end += n
		if n > 0 {
			return true
		}
		if empty == 100 && s.readErr == nil {
			s.readErr = io.ErrNoProgress
		}
	}
	return false
}

func (s *Scanner) peek() (byte, bool) {
	if s.pos == s.end && !s.fill() {
		return 0, false
	}
	return s.buf[s.pos], true
}

// skipBOM passes over a byte-order mark.
func (s *Scanner) skipBOM() error {
	for s.end < 3 && s.fill() {
	}
	head := s.buf[:s.end]
	if startsUTF16(head) {
		return schema.Fault{Line: 1, Message: faultUTF16}
	}
	if bytes.HasPrefix(head, []byte(utf8BOM)) {
		s.pos = len(utf8BOM)
	}
	return nil
}

// sniff returns the separator that the line at hand has most of, outside quotes.
func (s *Scanner) sniff() byte {
	var commas, semicolons, tabs int
	quoted := false
	for i := s.pos; ; i++ {
		if i == s.end {
			i -= s.pos // fill moves what is unread to the front
			if !s.fill() {
				break
			}
		}
		c := s.buf[i]
		if c == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if c == '\n' || c == '\r' {
			break
		}
		switch c {
		case ',':
			commas++
		case ';':
			semicolons++
		case '\t':
			tabs++
		}
	}
	switch {
	case semicolons > commas && semicolons >= tabs:
		return ';'
	case tabs > commas:
		return '\t'
	}
	return ','
}

// readRow reads one row, up to and with the end of its line.
func (s *Scanner) readRow() error {
	s.row, s.ends = s.row[:0], s.ends[:0]
	for {
		if len(s.ends) == s.maxColumns {
			s.skipCell()
			s.skipRow()
			return s.fault(s.first, "the row has more than %d columns", s.maxColumns)
		}
		from := len(s.row)
		c, _ := s.peek()
		s.quoted = c == '"'
		var err error
		if s.quoted {
			err = s.readQuoted(from)
		} else {
			err = s.readPlain(from)
		}
		if err != nil {
			return err
		}
		s.ends = append(s.ends, len(s.row))
		if c, ok := s.peek(); !ok || c != s.comma {
			if s.endLine() == 0 {
				return s.failed()
			}
			return nil
		}
		s.pos++
	}
}

// readPlain appends the cell at hand to row; it stops before what ends the cell.
func (s *Scanner) readPlain(from int) error {
	for {
		chunk := s.buf[s.pos:s.end]
		n := 0
		for n < len(chunk) && chunk[n] != s.comma && chunk[n] != '\n' && chunk[n] != '\r' {
			n++
		}
		if err := s.take(n, from); err != nil {
			return err
		}
		if n < len(chunk) || !s.fill() {
			return nil
		}
	}
}

// readQuoted does the same for a cell that begins with a quote, which it removes.
func (s *Scanner) readQuoted(from int) error {
	opened := s.line
	s.pos++
	for {
		chunk := s.buf[s.pos:s.end]
		n := 0
		for n < len(chunk) && chunk[n] != '"' && chunk[n] != '\n' && chunk[n] != '\r' {
			n++
		}
		if err := s.take(n, from); err != nil {
			s.skipQuoted()
			s.skipRow()
			return err
		}
		c, ok := s.peek()
		switch {
		case !ok:
			if err := s.failed(); err != nil {
				return err
			}
			return s.fault(opened, `a quote is opened here and never closed; close it with ", and write a quote inside a quoted cell twice`)
		case c == '\n' || c == '\r':
			at := len(s.row)
			s.row = append(s.row, c)
			if s.endLine() == 2 {
				s.row = append(s.row[:at], '\r', '\n')
			}
		case c == '"':
			s.pos++
			next, ok := s.peek()
			if !ok || next == s.comma || next == '\n' || next == '\r' {
				return nil
			}
			if next != '"' {
				line := s.line
				s.skipRow()
				return s.fault(line, `there is text after a closing quote; put the whole cell into quotes, and write a quote inside it twice`)
			}
			s.row = append(s.row, '"')
			s.pos++
		}
	}
}

// take moves n unread bytes to row, whose cell at hand starts at from.
func (s *Scanner) take(n, from int) error {
	if len(s.row)-from+n > s.maxCell {
		line := s.line
		if !s.quoted {
			s.skipRow()
		}
		return s.fault(line, "a cell is longer than %d bytes", s.maxCell)
	}
	s.row = append(s.row, s.buf[s.pos:s.pos+n]...)
	s.pos += n
	return nil
}

// endLine passes over the line end at hand, if any, and returns its length.
func (s *Scanner) endLine() int {
	c, ok := s.peek()
	if !ok || (c != '\n' && c != '\r') {
		return 0
	}
	s.line++
	s.pos++
	if c == '\r' {
		if next, ok := s.peek(); ok && next == '\n' {
			s.pos++
			return 2
		}
	}
	return 1
}

// skipRow passes over the rest of a bad row, from inside a plain cell or from
// behind a quoted one.
func (s *Scanner) skipRow() {
	for {
		c, ok := s.peek()
		if !ok || s.endLine() > 0 {
			return
		}
		s.pos++
		if c == s.comma {
			s.skipCell()
		}
	}
}

// skipCell passes over the cell that begins here if it is quoted.
func (s *Scanner) skipCell() {
	if c, ok := s.peek(); ok && c == '"' {
		s.pos++
		s.skipQuoted()
	}
}

// skipQuoted passes over the rest of a quoted cell and its closing quote.
func (s *Scanner) skipQuoted() {
	for {
		c, ok := s.peek()
		if !ok {
			return
		}
		if s.endLine() > 0 {
			continue
		}
		s.pos++
		if c == '"' {
			if next, ok := s.peek(); !ok || next != '"' {
				return
			}
			s.pos++
		}
	}
}

// failed returns the reader's error, once, when all that came before it is used up.
func (s *Scanner) failed() error {
	if s.pos < s.end || s.readErr == nil || s.readErr == io.EOF {
		return nil
	}
	err := s.readErr
	s.readErr = io.EOF
	return err
}

func (s *Scanner) fault(line int, format string, args ...any) error {
	return schema.Fault{Line: line, Message: fmt.Sprintf(format, args...)}
}
