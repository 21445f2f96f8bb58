package eventlog

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Clean returns the text of a cell: decoded, with HTML entities resolved, and
// with each run of blanks and line breaks replaced by one blank.
func Clean(cell []byte) string {
	text := string(cell)
	if !utf8.Valid(cell) {
		// Decoding cp1252 cannot fail; bytes that it leaves undefined become U+FFFD.
		decoded, _ := charmap.Windows1252.NewDecoder().Bytes(cell)
		text = string(decoded)
	}
	if strings.IndexByte(text, '&') >= 0 {
		text = html.UnescapeString(text)
	}
	return strings.Join(strings.Fields(text), " ")
}

// Empty reports whether a cell of a table holds nothing, in the ways that database
// programs write it.
func Empty(cell []byte) bool {
	cell = bytes.TrimSpace(cell)
	return len(cell) == 0 || string(cell) == "NULL" || string(cell) == `\N`
}
