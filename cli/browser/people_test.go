package browser

import (
	"path/filepath"
	"testing"
)

// sessions asks the API how many there are.
func sessions(t *testing.T, in *instance) int {
	t.Helper()
	return total(t, in, "total_count", "sessions")
}

// An admin takes a log in and takes it back, in six clicks.
func TestAnImportIsTakenBack(t *testing.T) {
	t.Parallel()
	in := own(t, "--demo")
	before := sessions(t, in)
	p := signedIn(t, in, "/data")
	p.choose("input[name=files]", filepath.Join("..", "..", "testdata", "moodle", "log_course_42.csv"))
	p.click("#check-import")
	p.waitSays(".result h3", "This would happen")
	p.click("#take-import")
	p.waitSays(".result h3", "Taken in")
	if n := sessions(t, in); n <= before {
		t.Fatalf("%d sessions, then %d", before, n)
	}
	p.click(".result a[href^='/data/imports/']")
	p.waitSays("h1", "Import of log_course_42.csv")
	p.click("#take-back-try")
	p.wait(`document.querySelector("#take-back-now")`)
	p.click("#take-back-now")
	p.waitSays(".status", "The import was taken back.")
	if n := sessions(t, in); n != before {
		t.Errorf("%d sessions, then %d", before, n)
	}
}

// Everybody of a page is marked as having left, in four clicks.
func TestPeopleAreMarkedAsLeft(t *testing.T) {
	t.Parallel()
	p := signedIn(t, own(t, "--demo"), "/?range=all")
	p.settled()
	shown, left := p.count("#people tbody tr"), p.count("#people tbody .badge")
	p.click("#people details summary")
	p.click("#all-people")
	p.click("#mark-left")
	p.wait(`document.querySelector("#confirm")`)
	p.click("#confirm")
	p.waitSays(".status", "people were changed.")
	if p.at() != "/?range=all" {
		t.Errorf("it leads to %s", p.at())
	}
	if now := p.count("#people tbody .badge"); now != shown || left == shown {
		t.Errorf("%d of %d are marked, before %d", now, shown, left)
	}
}
