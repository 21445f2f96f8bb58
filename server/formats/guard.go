package formats

// A spreadsheet runs a text cell as a formula when it starts like one. Such a
// cell goes out with one more leading quote ('), and import takes one off again
// exactly where export would have put it, so that any text survives both ways.

// AppendGuarded appends text to b, with a leading ' when a spreadsheet would run it.
func AppendGuarded(b []byte, text string) []byte {
	if startsFormula(text) {
		b = append(b, '\'')
	}
	return append(b, text...)
}

// Unguard takes the ' off a cell that AppendGuarded wrote.
func Unguard(cell []byte) []byte {
	if len(cell) > 1 && cell[0] == '\'' && startsFormula(cell[1:]) {
		return cell[1:]
	}
	return cell
}

// startsFormula tells whether the first character after blanks and leading '
// makes a spreadsheet run the cell.
func startsFormula[T string | []byte](text T) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ', '\'':
		case '=', '+', '-', '@', '\t', '\r':
			return true
		default:
			return false
		}
	}
	return false
}
