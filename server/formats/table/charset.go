package table

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"glow/server/formats"
)

// The charsets of text.
const (
	charsetUTF8    = "UTF-8"
	charsetUTF16   = "UTF-16"
	charsetWindows = "Windows-1252"
)

// charset is how bytes become text.
type charset struct {
	name   string
	decode func(io.Reader) io.Reader
}

// charsetOf tells the charset of a file by its bytes, all of them: the first letter that is not of
// ASCII may stand in the last row. Text that is not UTF-8 is taken for that of Windows in
// Western Europe, unless most of such letters in it are those of UTF-8: then it is damaged.
func charsetOf(f formats.File, head []byte, mixed bool) (charset, error) {
	if order, ok := utf16Order(head); ok {
		return charset{charsetUTF16, func(r io.Reader) io.Reader {
			return transform.NewReader(r, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
		}}, nil
	}
	var good, bad int64
	if !mixed {
		var err error
		if good, bad, err = countUTF8(f); err != nil {
			return charset{}, err
		}
	}
	if bad > good {
		return charset{charsetWindows, func(r io.Reader) io.Reader { return transform.NewReader(r, charmap.Windows1252.NewDecoder()) }}, nil
	}
	return charset{charsetUTF8, func(r io.Reader) io.Reader { return r }}, nil
}

// utf16Order tells the order of the bytes of UTF-16: by its mark or, without one, by the zero
// bytes that every second byte of Latin text then is.
func utf16Order(head []byte) (unicode.Endianness, bool) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unicode.BigEndian, true
	}
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch quarter := len(head) / 8; {
	case zeros[1] > quarter && zeros[0] < zeros[1]/4:
		return unicode.LittleEndian, true
	case zeros[0] > quarter && zeros[1] < zeros[0]/4:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// countUTF8 counts the letters beyond ASCII that are well formed, and the bytes that are not.
func countUTF8(f formats.File) (good, bad int64, err error) {
	r, err := f.Open()
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	buf := make([]byte, headBytes)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		b := buf[:kept+n]
		last := err == io.EOF
		for len(b) > 0 && (last || utf8.FullRune(b)) {
			if b[0] < utf8.RuneSelf {
				b = b[1:]
				continue
			}
			r, size := utf8.DecodeRune(b)
			if r == utf8.RuneError && size == 1 {
				bad++
			} else {
				good++
			}
			b = b[size:]
		}
		if last {
			return good, bad, nil
		}
		if err != nil {
			return 0, 0, err
		}
		kept = copy(buf, b)
	}
}
