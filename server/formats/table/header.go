package table

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"glow/schema"
	"glow/server/formats"
)

// headerWithin is how many rows that are not blank are looked at for the header: reports have
// their title, their filters and the day above it.
const headerWithin = 20

// findHeader finds the names of the columns: the first row that has words alone, no two
// alike, in about as many cells as any of the first rows has. Where no row is like that, it is the
// first.
func (t *Table) findHeader() error {
	if t.source.keys != nil {
		t.Header = t.source.keys
		return nil
	}
	type candidate struct {
		cells []string
		line  int
	}
	var rows []candidate
	widest := 0
	var fault error
	for row, err := range t.source.rows {
		if formats.IsFault(err) {
			fault = err
			continue
		}
		if err != nil {
			return err
		}
		cells := texts(row.Cells)
		if filled := countFilled(cells); filled > 0 {
			rows = append(rows, candidate{cells, row.Line})
			widest = max(widest, filled)
		}
		if len(rows) == headerWithin {
			break
		}
	}
	if len(rows) == 0 && fault != nil {
		return fault
	}
	if len(rows) == 0 {
		return schema.Fault{Line: 1, Message: "the file has no rows; its first row should name the columns"}
	}
	at := slices.IndexFunc(rows, func(c candidate) bool { return 4*countFilled(c.cells) >= 3*widest && namesColumns(c.cells) })
	at = max(at, 0)
	for _, title := range rows[:at] {
		t.Titles = append(t.Titles, strings.Join(strings.Fields(strings.Join(title.cells, " ")), " "))
	}
	t.Header, t.HeaderLine = rows[at].cells, rows[at].line
	for t.Header[len(t.Header)-1] == "" {
		t.Header = t.Header[:len(t.Header)-1]
	}
	return nil
}

// texts returns the cells of a row, each with one blank for every run of white space.
func texts(cells [][]byte) []string {
	out := make([]string, len(cells))
	for i, cell := range cells {
		out[i] = strings.Join(strings.Fields(string(cell)), " ")
	}
	return out
}

func countFilled(cells []string) (n int) {
	for _, cell := range cells {
		if cell != "" {
			n++
		}
	}
	return n
}

// namesColumns reports whether the cells can be names: words, no two alike. Numbers, times
// and addresses are not.
func namesColumns(cells []string) bool {
	seen := map[string]bool{}
	for _, cell := range cells {
		if cell == "" {
			continue
		}
		letters, digits := 0, 0
		for _, r := range cell {
			switch {
			case unicode.IsLetter(r):
				letters++
			case unicode.IsDigit(r):
				digits++
			}
		}
		if letters == 0 || digits > letters || strings.Contains(cell, "@") || seen[cell] {
			return false
		}
		seen[cell] = true
	}
	return true
}

// totals are how a line of totals begins, in small letters.
var totals = []string{
	"total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "insgesamt", "somme", "total général", "total general", "totale", "totaal",
	"suma", "razem", "итого", "всего", "tổng", "tổng cộng", "合计", "总计", "合計", "총계", "합계", "toplam", "celkem", "összesen", "yhteensä", "totalt", "الإجمالي", "المجموع",
}

// isTotals reports whether a row is a line of totals: it begins with such a word, and its other
// cells are numbers or empty.
func isTotals(cells [][]byte) bool {
	begun := false
	for _, cell := range cells {
		text := strings.TrimSpace(string(cell))
		switch {
		case text == "":
		case !begun:
			if begun = slices.Contains(totals, strings.ToLower(strings.TrimRight(text, " :"))); !begun {
				return false
			}
		case strings.Trim(text, "0123456789.,'-+%$€£ \u00a0\u202f") != "":
			return false
		}
	}
	return begun
}

func isBlank(cells [][]byte) bool {
	for _, cell := range cells {
		if len(bytes.TrimSpace(cell)) > 0 {
			return false
		}
	}
	return true
}
