package mapping

import (
	"slices"
	"strings"
	"testing"
)

// Tables that nothing recognizes, and what is proposed: the kinds of records, and what columns mean.
func TestProposals(t *testing.T) {
	for header, want := range map[string]struct{ rows, makes, means string }{
		"When,Who,What": {"2025-03-03 10:15,ana@uni.de,Login\n2025-03-03 10:25,ana@uni.de,View",
			"profile session login activity", "time it happened or began|person's e-mail|"},
		"Login Time,Username,IP": {"2025-03-03 10:15,ana1,10.0.0.1\n2025-03-04 10:15,ben2,10.0.0.2",
			"profile session login", "time of a login|person's id|"},
		"Learner,Started,Finished,Score": {"Ana One,2025-03-03 10:00,2025-03-03 10:30,7\nBen Two,2025-03-03 11:00,,7",
			"profile session", "person's name|time it happened or began|time it ended|"},
		"id,user_id,conversation_id,created_at": {"1,u1,c1,2025-03-03T10:00:00Z\n2,u1,c1,2025-03-03T10:01:00Z",
			"profile session activity", "row's id|person's id|session's id|time it happened or began"},
		"Request,User,Model Name,Input Tokens,Output Tokens,Cost (USD),Created": {"r1,ana@x.edu,gpt,100,20,0.0012,2025-03-03T10:00:00Z\nr2,ana@x.edu,gpt,100,20,0.0012,2025-03-03T10:05:00Z",
			"profile session group run", "row's id|person's e-mail|model|tokens sent|tokens received|cost in dollars|time it happened or began"},
		"Teilnehmer,Datum,Thema": {"Ana Eins,03.03.2025 10:00,Tutorium\nBen Zwei,04.03.2025 10:00,Tutorium",
			"profile session activity", "person's name|time it happened or began|"},
		"Étudiant,Heure de connexion": {"Ana Un,03/03/2025 10:00\nBen Deux,13/03/2025 10:00",
			"profile session login", "person's name|time of a login"},
		"Surname of TA,Kontakt": {"One,ana@x.edu\nTwo,ben@x.edu",
			"profile", "|person's e-mail"},
		"Colour,Shape": {"red,round", "", ""},
	} {
		var rows [][]string
		for line := range strings.SplitSeq(want.rows, "\n") {
			rows = append(rows, strings.Split(line, ","))
		}
		p := Propose("f.csv", strings.Split(header, ","), rows)
		if p == nil {
			if want.makes != "" {
				t.Errorf("%s: nothing is proposed", header)
			}
			continue
		}
		var means []string
		for _, m := range p.Means {
			means = append(means, string(m))
		}
		if got := strings.Join(p.Mapping.Makes(), " "); got != want.makes {
			t.Errorf("%s makes %s, want %s", header, got, want.makes)
		}
		if got := strings.TrimRight(strings.Join(means, "|"), "|"); got != strings.TrimRight(want.means, "|") {
			t.Errorf("%s means %s, want %s", header, got, want.means)
		}
		if err := p.Mapping.Validate(); err != nil || len(p.Why) == 0 {
			t.Errorf("%s: %v; %v", header, err, p.Why)
		}
	}
}

func TestMeaningsThatCannotBe(t *testing.T) {
	for want, means := range map[string][]Meaning{
		"no column says whose":                           {MeansTime, ""},
		`"a" and "b" cannot both be the person's e-mail`: {MeansEmail, MeansEmail},
		`"c" and "b" cannot both be when it happened`:    {MeansID, MeansTime, MeansLogin},
	} {
		if _, _, err := Make("m", []string{"a", "b", "c"}, means); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", means, err, want)
		}
	}
}

func TestNamesOfMappingsAreOfTheFileWithoutItsDate(t *testing.T) {
	for file, want := range map[string]string{
		"Gateway usage 2025-10.csv": "gateway-usage", "2025.csv": "table", "moodle.csv": "moodle-table", "": "table", "x/y.z.json": "y-z", strings.Repeat("ab", 40) + ".csv": strings.Repeat("ab", 16),
	} {
		if got := NameFor(file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

// What is proposed for a table reads its rows.
func TestProposalsReadTheirTable(t *testing.T) {
	header, rows := []string{"When", "Who", "Visit"}, [][]string{{"2025-03-03 10:15", "ana@x.edu", "v1"}, {"2025-03-03 10:25", "ana@x.edu", "v1"}}
	p := Propose("f.csv", header, rows)
	got := printed(t, p.Mapping, Options{}, "When,Who,Visit\n"+strings.Join(rows[0], ",")+"\n"+strings.Join(rows[1], ",")+"\n")
	want := []string{
		"profile id=f-ana@x.edu name=ana@x.edu email=ana@x.edu role=ta active=true",
		"session id=f-v1 profile_id=f-ana@x.edu created_at=2025-03-03T10:15:00Z updated_at=2025-03-03T10:25:00Z",
		"activity id=f-ana@x.edu 2025-03-03 10:15 profile_id=f-ana@x.edu session_id=f-v1 created_at=2025-03-03T10:15:00Z",
		"activity id=f-ana@x.edu 2025-03-03 10:25 profile_id=f-ana@x.edu session_id=f-v1 created_at=2025-03-03T10:25:00Z",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
