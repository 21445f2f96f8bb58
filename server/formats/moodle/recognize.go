package moodle

import (
	"fmt"
	"strings"

	"glow/schema"
)

// Match is what a table of Moodle is.
type Match struct {
	Report   bool   // the report "Logs"; else the table mdl_logstore_standard_log
	Language string // of the header of a report, as in "German"; "" where that does not show
}

// Recognize tells by its header and some of its rows whether a table is a log of Moodle,
// and in one sentence why. Cells are without blanks at their ends.
func Recognize(header []string, sample [][]string) (m Match, why string, ok bool) {
	l, err := newLayout(header, sample)
	switch {
	case err != nil:
		return Match{}, "", false
	case !l.report:
		return Match{}, "a Moodle log, the table mdl_logstore_standard_log: it has the columns " + strings.Join(tableNeeds, ", "), true
	}
	m = Match{Report: true, Language: l.language()}
	why = `a Moodle log, the report "Logs"`
	if m.Language != "" {
		why += " in " + m.Language
	}
	if l.translated {
		example := first(len(sample), func(row int) bool { return describes(sample[row][l.cell[columnDescription]]) })
		return m, fmt.Sprintf("%s: the column %q says %q", why, l.name(columnDescription), schema.Clip(sample[example][l.cell[columnDescription]])), true
	}
	return m, fmt.Sprintf("%s: it has the columns %s", why, strings.Join(reportNeeds, ", ")), true
}

// language returns the language of a report's header; "" where that does not show.
func (l *layout) language() string {
	if !l.translated {
		return "English"
	}
	for _, c := range []column{columnDescription, columnTime} {
		if language := languages[strings.ToLower(l.name(c))]; language != "" {
			return language
		}
	}
	return ""
}

// languages by what a report calls the columns of the description and of the time.
var languages = map[string]string{
	"beschreibung": "German", "descripción": "Spanish", "descripció": "Catalan", "descrição": "Portuguese", "descrizione": "Italian",
	"beschrijving": "Dutch", "descriere": "Romanian", "beskrivning": "Swedish", "mô tả": "Vietnamese", "kuvaus": "Finnish", "περιγραφή": "Greek",
	"heure": "French", "czas": "Polish", "время": "Russian", "час": "Ukrainian", "vrijeme": "Croatian", "idő": "Hungarian", "saat": "Turkish", "zaman": "Turkish",
}
