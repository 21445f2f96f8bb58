package formats

import (
	"unicode"
	"unicode/utf8"
)

// A spreadsheet runs a cell as a formula when it starts like one, and what is a
// cell depends on the separator that it takes: to one that takes ; a name x;=1;y is
// three. So every start of a cell that any of them could see, be it the cell's own
// or one behind a ; a tab or a line break in it, gets a quote (') where a formula
// would start. (A comma is the file's own separator, and one inside a cell stands in
// quotes.) Import takes the quotes off again exactly where export would have put
// them, so that any text survives both ways.

// AppendGuarded appends text to b, with a ' wherever a spreadsheet would run it.
func AppendGuarded[T string | []byte](b []byte, text T) []byte {
	written := 0
	for at := 0; at >= 0; at = nextStart(text, at) {
		if startsFormula(text[at:], at == 0) {
			b = append(append(b, text[written:at]...), '\'')
			written = at
		}
	}
	return append(b, text[written:]...)
}

// Unguard takes off what AppendGuarded put into a cell, in place.
func Unguard(cell []byte) []byte {
	out := cell[:0]
	written := 0
	for at := 0; at >= 0; at = nextStart(cell, at) {
		if at < len(cell) && cell[at] == '\'' && startsFormula(cell[at+1:], at == 0) {
			out = append(out, cell[written:at]...)
			written = at + 1
		}
	}
	if written == 0 {
		return cell
	}
	return append(out, cell[written:]...)
}

// nextStart returns where the first cell behind at starts for somebody who takes
// another separator; -1 when there is none.
func nextStart[T string | []byte](text T, at int) int {
	for ; at < len(text); at++ {
		switch text[at] {
		case ';', '\t', '\r', '\n':
			return at + 1
		}
	}
	return -1
}

// startsFormula reports whether the first character after blanks and leading ' makes
// a spreadsheet run the cell. Where text is not the whole cell, its quotes (") are
// those that the reader sees around it.
func startsFormula[T string | []byte](text T, whole bool) bool {
	for len(text) > 0 {
		r, size := rune(text[0]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(string(text[:min(len(text), utf8.UTFMax)]))
		}
		switch {
		case r == '=', r == '+', r == '-', r == '@', r == '＝', r == '＋', r == '－', r == '＠':
			return true
		case r == '\t', r == '\r':
			return whole
		case r == '\n':
			return false
		case r == '\'', r == '"' && !whole, unicode.IsSpace(r):
			text = text[size:]
		default:
			return false
		}
	}
	return false
}
