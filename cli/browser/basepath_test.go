package browser

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// Below a path the script finds the live news, and files that are chosen come to the
// page that says so.
func TestBelowABasePath(t *testing.T) {
	t.Parallel()
	in := own(t, "--base-path", "/glow")
	if err := in.take(`{"kind":"profile","id":"p1","name":"Ada"}` + "\n" + session("s1", "p1")); err != nil {
		t.Fatal(err)
	}
	p := signedIn(t, in, "/sign-in")
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: listening})
	p.visit("/")
	p.settled()
	p.wait(`window.heard`)
	if err := in.take(session("s2", "p1")); err != nil {
		t.Fatal(err)
	}
	p.wait(`document.querySelector(".card .value").innerText === "2"`)
	p.click("nav a[href='/glow/data']")
	p.waitAt("/glow/data")
	p.click("input[name=from][value=moodle]")
	p.choose("input[name=files]", filepath.Join("..", "..", "testdata", "moodle", "log_course_42.csv"))
	p.click("#check-import")
	p.waitSays(".result h3", "This would happen")
	p.waitAt("/glow/data")
	p.click("#take-import")
	p.waitSays(".result h3", "Taken in")
	p.click(".result a")
	p.waitAt("/glow/?range=all")
}
