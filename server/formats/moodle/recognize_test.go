package moodle

import (
	"strings"
	"testing"
)

const germanHeader = "Zeit,Vollständiger Name,Betroffene/r Nutzer/in,Ereigniskontext,Komponente,Ereignisname,Beschreibung,Herkunft,IP-Adresse"

// without takes columns out of lines of CSV without quotes.
func without(lines string, columns ...int) string {
	var out []string
	for line := range strings.SplitSeq(lines, "\n") {
		var cells []string
		for i, cell := range strings.Split(line, ",") {
			gone := false
			for _, c := range columns {
				gone = gone || c == i
			}
			if !gone {
				cells = append(cells, cell)
			}
		}
		out = append(out, strings.Join(cells, ","))
	}
	return strings.Join(out, "\n")
}

func TestColumnsOfTranslatedReports(t *testing.T) {
	log := germanHeader + `
03.03.2025 14:05,Ana Eins,-,Kurs: X,System,Kurs angezeigt,The user with id '5' viewed the course with id '2'.,web,
03.03.2025 14:06,Ana Eins,Ben Zwei,Kurs: X,System,Rolle zugewiesen,The user with id '5' assigned the role with id '4' to the user with id '6'.,web,
03.03.2025 14:07,-,-,Kurs: X,System,Etwas,The user with id '7' did it.,cli,`
	site := strings.NewReplacer("\n0", "\nTA,0", "Zeit", "Kurs,Zeit").Replace(log)
	for _, c := range []struct {
		name, content string
		profiles      []string
		skipped       int
	}{
		{"as Moodle writes them", log, []string{"id=moodle-5 name=Ana Eins"}, 1},
		{"of the whole site", site, []string{"id=moodle-5 name=Ana Eins"}, 1},
		{"with an index in front", strings.NewReplacer("\n0", "\n45657,0", "Zeit", ",Zeit").Replace(log), []string{"id=moodle-5 name=Ana Eins"}, 1},
		{"without origin and address", without(log, 7, 8), []string{"id=moodle-5 name=Ana Eins", "id=moodle-7 name=User 7"}, 0},
		{"without both names", without(log, 1, 2), []string{"id=moodle-5 name=User 5"}, 1},
		{"without the user", without(log, 1), []string{"id=moodle-5 name=User 5"}, 1},
		{"without who is affected", without(log, 2), []string{"id=moodle-5 name=Ana Eins"}, 1},
	} {
		r := read(t, Options{}, textFile("log.csv", c.content))
		expect(t, c.name+": faults", r.faults, nil)
		expect(t, c.name, r.of("profile"), c.profiles)
		if r.skippedRows() != c.skipped || r.kinds["grant"] != 1 {
			t.Errorf("%s: %v, skipped %v", c.name, r.kinds, r.skipped)
		}
	}
	r := read(t, Options{}, textFile("log.csv", without(log, 1, 2, 3)))
	expect(t, "columns that cannot be told", r.faults, []string{`log.csv:1: the column "Beschreibung" is that of a Moodle log, but the columns before it are not in the order in which Moodle writes them; download the report again, or name the columns as in English: Time, User full name, Affected user, Event context, Component, Event name, Description`})
}

func TestTimesThatCannotBeRead(t *testing.T) {
	basque := strings.ReplaceAll(germanHeader, "Beschreibung", "Deskribapena") + "\n2025(e)ko martxoaren 3a,Ana,-,X,X,X,The user with id '5' viewed it.,web,"
	r := read(t, Options{}, textFile("log.csv", basque))
	expect(t, "faults", r.faults, []string{`log.csv:1: the column "Deskribapena" is that of a Moodle log, but no column before it has times that can be read; download the report in English, or write its times as in 2025-03-03 14:05:12`})
}

func TestEventNamesMayBeTranslatedUnderAnEnglishHeader(t *testing.T) {
	rows := func(header, event string) string {
		return header + `
"3/03/25, 14:01:00",Ana,-,X,System,` + event + `,The user with id '5' has logged in.,web,
"3/03/25, 14:02:00",-,-,X,Quiz,?,The quiz attempt with id '8' belonging to the quiz with course module id '9' for the user with id '5' became overdue.,cron,
`
	}
	code := "time,fullnameuser,relatedfullnameuser,context,component,eventname,description,origin,ip" // as Moodle's code calls them
	english := read(t, Options{}, textFile("log.csv", rows(fullHeader, "User has logged in")))
	if english.kinds["login"] != 1 || english.skipped["no user"] != 1 {
		t.Errorf("got %v, skipped %v", english.kinds, english.skipped)
	}
	same(t, "the columns as the code calls them", english, read(t, Options{}, textFile("log.csv", rows(code, "User has logged in"))))
	translated := read(t, Options{}, textFile("log.csv", rows(code, "Nutzer/in hat sich angemeldet")))
	if translated.kinds["login"] != 1 {
		t.Errorf("got %v", translated.kinds)
	}
}

func TestRecognize(t *testing.T) {
	for _, c := range []struct{ name, content, why string }{
		{"the report", fullHeader, `a Moodle log, the report "Logs" in English: it has the columns Time, Event name, Description`},
		{"the table", "id,eventname,userid,timecreated\n1,x,5,45657", "a Moodle log, the table mdl_logstore_standard_log: it has the columns eventname, userid, timecreated"},
		{"a report without names", "Time,Event name,Description\n1/2/25 10:00,x,The user with id '5' did it.", `a Moodle log, the report "Logs" in English: it has the columns Time, Event name, Description`},
		{"a report in a language we do not know", without(fullHeader, 0, 1, 2, 3, 4, 5, 6, 7, 8) + "a,b,c,d,e,f,g\n1/2/25 10:00,A,-,X,X,X,The user with id '5' did it.",
			`a Moodle log, the report "Logs": the column "g" says "The user with id '5' did it."`},
		{"a calendar", "Time,Event name,Description\n1/2/25 10:00,Lecture,A lecture", ""},
		{"sessions", "id,profile_id,created_at\n1,5,2025-03-03T10:00:00Z", ""},
		{"no rows", "a,b,c", ""},
		{"nothing", "", ""},
		{"descriptions without times", "a,b\nx,The user with id '5' did it.", ""},
	} {
		var rows [][]string
		for line := range strings.Lines(c.content) {
			rows = append(rows, strings.Split(strings.TrimSpace(line), ","))
		}
		if len(rows) == 0 {
			rows = [][]string{nil}
		}
		if _, why, ok := Recognize(rows[0], rows[1:]); why != c.why || ok != (c.why != "") {
			t.Errorf("%s: got %s", c.name, why)
		}
	}
}
