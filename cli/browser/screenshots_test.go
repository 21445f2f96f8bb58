package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestScreenshots saves a picture of each page, in both themes, on a desktop and
// on a phone.
func TestScreenshots(t *testing.T) {
	if *shots == "" {
		t.Skip("no folder is named: -screenshots DIR saves a picture of each page")
	}
	if err := os.MkdirAll(*shots, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, set := range pictured(t) {
		t.Run(set.name, func(t *testing.T) {
			t.Parallel()
			p := signedIn(t, set.in, "/")
			for _, one := range set.pages {
				p.expect("404")
				p.size(1280, 800)
				p.media("prefers-color-scheme", "light")
				p.visit(one.path)
				p.settled()
				for _, theme := range []string{"light", "dark"} {
					p.media("prefers-color-scheme", theme)
					for width, name := range map[int64]string{1280: "desktop", 360: "phone"} {
						p.size(width, 800)
						p.settled()
						p.picture(strings.Join([]string{set.name, one.name, theme, name}, "-"))
					}
				}
				if set.name == "demo" {
					p.size(3840, 2160)
					p.settled()
					p.picture(set.name + "-" + one.name + "-dark-4k")
				}
			}
		})
	}
}

// pageSet is the pages of an instance.
type pageSet struct {
	name  string
	in    *instance
	pages []named
}

type named struct{ name, path string }

// TestScreenshotsOfSteps saves what comes of doing something.
func TestScreenshotsOfSteps(t *testing.T) {
	if *shots == "" {
		t.Skip("no folder is named: -screenshots DIR saves a picture of each page")
	}
	p := signedIn(t, own(t, "--demo"), "/data")
	p.expect("status of 422")
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"checked", func() {
			p.click("input[name=from][value=moodle]")
			p.choose("input[name=files]", filepath.Join("..", "..", "testdata", "moodle", "log_course_42.csv"))
			p.click("#check-import")
			p.waitSays(".result h3", "This would happen")
		}},
		{"taken", func() {
			p.click("#take-import")
			p.waitSays(".result h3", "Taken in")
		}},
		{"imports", func() { p.visit("/data/imports") }},
		{"import", func() {
			p.click("tbody a")
			p.wait(`document.querySelector("#take-back")`)
		}},
		{"take-back", func() {
			p.click("#take-back-try")
			p.wait(`document.querySelector("#take-back-now")`)
		}},
		{"change-people", func() {
			p.visit("/?range=all")
			p.click("#people details summary")
			p.click("#all-people")
		}},
		{"change-people-asks", func() {
			p.click("#mark-left")
			p.wait(`document.querySelector("#confirm")`)
		}},
		{"faults", func() {
			p.visit("/data")
			p.choose("input[name=files]", filepath.Join("..", "..", "testdata", "moodle", "report-old.csv"))
			p.click("#check-import")
			p.wait(`document.querySelector("#import .error, .result")`)
		}},
		{"columns", func() {
			file := filepath.Join(t.TempDir(), "usage-03.csv")
			if err := os.WriteFile(file, []byte("When,Who,What\n2025-03-03 10:15,ana@uni.de,Login\n2025-03-03 10:25,ana@uni.de,View page\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			p.visit("/data")
			p.choose("input[name=files]", file)
			p.click("#check-import")
			p.wait(`document.querySelector("#ask")`)
		}},
		{"token", func() {
			p.visit("/access")
			p.click("#new-token")
			p.fill("input[name=name]", "Ada’s notebook")
			p.set("select[name=role]", "admin")
			p.click("#create-token")
			p.wait(`document.querySelector("#secret")`)
		}},
		{"departments", func() {
			p.visit("/?range=all")
			p.click("#pick-department")
			p.wait(`document.querySelector(".pick[open]")`)
		}},
		{"viewing", func() {
			p.visit("/sessions")
			p.click(".sessions .name a")
			p.click("#view-as")
			p.wait(`document.querySelector(".viewing")`)
			p.settled()
		}},
	} {
		p.size(1280, 800)
		p.media("prefers-color-scheme", "light")
		step.do()
		p.picture("step-" + step.name + "-light-desktop")
		p.media("prefers-color-scheme", "dark")
		p.size(360, 800)
		p.picture("step-" + step.name + "-dark-phone")
	}
	p.size(800, 1100)
	p.media("media", "print")
	p.picture("step-print")
}

// pictured are all pages there are to look at.
func pictured(t *testing.T) []pageSet {
	needsBrowser(t)
	demo, moodle, hostile := shared(t, demoData), shared(t, moodleData), shared(t, hostileData)
	byHand := []named{{"imports", "/data/imports"}, {"departments", "/data/departments"}, {"people", "/data/people"}, {"duplicates", "/data/duplicates"}, {"person-form", "/data/person"}}
	return []pageSet{
		{"demo", demo, append(append(pagesOf(t, demo, ""), byHand...), named{"missing", "/no-such-page"}, named{"help", "/help?q=session"}, named{"topic", "/help/numbers"}, named{"month", "/?range=30d"}, named{"week", "/?range=week&follow_up=7"})},
		{"moodle", moodle, pagesOf(t, moodle, "range=all")[:4]},
		{"empty", shared(t, emptyData), []named{{"activity", "/"}, {"sessions", "/sessions"}, {"problems", "/problems"}, {"data", "/data"}}},
		{"hostile", hostile, append(pagesOf(t, hostile, "")[:6], byHand...)},
	}
}

// pagesOf are the pages of an instance, with its first session and person.
func pagesOf(t *testing.T, in *instance, query string) []named {
	t.Helper()
	p := signedIn(t, in, "/sessions?range=all")
	session := script[string](p, `Array.from(document.querySelectorAll(".sessions tbody tr")).sort((a, b) => b.querySelectorAll(".n:not(.zero)").length - a.querySelectorAll(".n:not(.zero)").length)[0].dataset.href`)
	person := script[string](p, `document.querySelector(".sessions .name a").getAttribute("href")`)
	if query != "" {
		query = "?" + query
	}
	return []named{
		{"activity", "/" + query}, {"sessions", "/sessions" + query}, {"session", session}, {"person", person + query},
		{"problems", "/problems" + query}, {"data", "/data"}, {"access", "/access"}, {"sign-in", "/sign-in"}, {"usage", fmt.Sprint("/usage", query)},
	}
}
