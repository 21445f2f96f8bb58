package cli

import (
	"time"

	"golang.org/x/text/language"

	"glow/schema"
	"glow/server/formats"
)

// printCSV writes a slice of structs, one row each, under the names of their JSON keys; with
// --locale, in the form that Excel opens in that language. On a terminal what would move the
// cursor or break a line shows as an escape; a file and a pipe get it to the byte.
func (a *app) printCSV(zone *time.Location, list any) error {
	table := formats.TableOfSlice("", list)
	if a.globals.Locale != "" {
		lang, err := language.Parse(a.globals.Locale)
		if err != nil {
			return usagef("--locale: %q is not a language; write it as en or de", clean(a.globals.Locale))
		}
		table.UseHeadings()
		return formats.WriteExcelCSV(a.out, lang, zone, table)
	}
	if isTerminal(a.out) {
		table = cleaned(table)
	}
	_, err := formats.WriteCSV(a.out, table.Fields, table.Rows)
	return err
}

// cleaned makes the texts of a table harmless for a terminal.
func cleaned(t formats.Table) formats.Table {
	rows := t.Rows
	t.Rows = func(yield func([]schema.Value, error) bool) {
		for values, err := range rows {
			for i := range values {
				values[i].Text = clean(values[i].Text)
			}
			if !yield(values, err) {
				return
			}
		}
	}
	return t
}
