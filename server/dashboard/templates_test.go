package dashboard

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// TestTemplatesParse reads every template, which the first page does otherwise.
func TestTemplatesParse(t *testing.T) {
	for _, name := range []string{"access", "activity", "again", "data", "fault", "help", "person", "problems", "replace", "session", "sessions", "signin", "usage"} {
		if pages()[name] == nil {
			t.Errorf("there is no page %s", name)
		}
	}
}

func TestMoneyCanBeCompared(t *testing.T) {
	for exact, want := range map[string]string{
		"0": "0", "0.95816826": "0.9582", "0.000000001": "<0.0001", "0.00005": "0.0001", "0.99996": "1.0000", "1": "1.00",
		"1.005": "1.01", "740740.734074": "740,740.73", "nonsense": "nonsense",
	} {
		if got := money(exact); got != want {
			t.Errorf("%s is %s, want %s", exact, got, want)
		}
	}
}

func TestTheDataPageTellsHowBackupsDo(t *testing.T) {
	for _, test := range []struct {
		want  string
		state *schema.BackupState
		fault string
	}{
		{"No backups are made by themselves", nil, ""},
		{"There is no backup in /b yet", &schema.BackupState{Folder: "/b"}, ""},
		{"The newest backup was made", &schema.BackupState{Folder: "/b", Newest: &schema.BackupFile{File: "glow-1.db", Bytes: 4096}}, ""},
		{"There is no backup in /b yet. Tries that failed since the start: 2", &schema.BackupState{Folder: "/b", Failures: 2}, ""},
		{"Of the backups nothing is known: cannot read", nil, "cannot read"},
	} {
		html, err := RenderPart("data", "content", &dataPage{CanExport: true, layout: layout{Zone: time.UTC, Query: url.Values{}}, IsAdmin: true, Backups: test.state, BackupFault: test.fault})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(html), test.want) {
			t.Errorf("%q is not said of %+v", test.want, test.state)
		}
	}
}

func TestRecordsOfTheFutureAreNamed(t *testing.T) {
	page := &activityPage{layout: layout{Zone: time.UTC}, InFutureCount: 2, InFuture: []schema.FutureRecord{{Kind: "login", ID: "l-1", ProfileID: "p-1"}}}
	html, err := RenderPart("activity", "reach", page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 records are\ndated", `<span class="id">l-1</span> of <a href="/people/p-1" class="id">p-1</a>`, " …."} {
		if !strings.Contains(string(html), want) {
			t.Errorf("%q is missing in %s", want, html)
		}
	}
}
