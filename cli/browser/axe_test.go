package browser

import (
	_ "embed"
	"strings"
	"testing"
)

// axe is Deque's axe-core 4.14.1 (MPL-2.0, testdata/axe.LICENSE), as npm has it.
//
//go:embed testdata/axe.min.js
var axe string

// violation is what axe finds.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Rules of axe: all of WCAG 2.2 AA and good practice, and those that the theme
// makes a difference to.
const (
	allRules   = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}`
	colorRules = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

// accessible fails for everything that axe finds on a page.
func (p *tab) accessible(how, rules string) {
	p.t.Helper()
	if !script[bool](p, `"axe" in window`) {
		script[int](p, "(() => { "+axe+"; return 1 })()")
	}
	for _, v := range script[[]violation](p, `(await axe.run(document, {resultTypes: ["violations"], runOnly: `+rules+`})).violations`) {
		for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
			p.t.Errorf("%s %s: %s (%s, %d times): %s\n%s", p.at(), how, v.ID, v.Help, len(v.Nodes), clip(n.HTML), n.Summary)
		}
	}
}

// TestAccessible holds every page, in both themes and at the width of a phone,
// against axe, and sees that nothing is wider than the phone.
func TestAccessible(t *testing.T) {
	t.Parallel()
	for _, set := range pictured(t) {
		t.Run(set.name, func(t *testing.T) {
			if testing.Short() && set.name != "demo" {
				t.Skip("the other instances are for the long run")
			}
			t.Parallel()
			p := signedIn(t, set.in, "/")
			p.expect("status of 404")
			for _, one := range set.pages {
				p.size(1280, 800)
				p.media("prefers-color-scheme", "light")
				p.visit(one.path)
				p.settled()
				p.noOverflow()
				p.accessible("light, desktop", allRules)
				p.media("prefers-color-scheme", "dark")
				p.accessible("dark, desktop", colorRules)
				p.size(360, 800)
				p.settled()
				p.noOverflow()
				p.accessible("dark, phone", allRules)
			}
		})
	}
}

// TestWideScreen sees that a page fills a large screen without tearing apart.
func TestWideScreen(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/")
	for _, path := range []string{"/", "/sessions", "/problems", "/data", "/access"} {
		p.size(3840, 2160)
		p.visit(path)
		p.settled()
		p.noOverflow()
		edges := script[[]float64](p, `((r) => [r.left, innerWidth - r.right, r.width])(document.querySelector("main").getBoundingClientRect())`)
		if edges[0] != edges[1] || edges[2] > 2400 {
			t.Errorf("%s lies %v from the edges", path, edges)
		}
		if gaps := script[int](p, `Array.from(document.querySelectorAll(".columns")).filter((e) => getComputedStyle(e).gridTemplateColumns.split(" ").length > 2).length`); gaps > 0 {
			t.Errorf("%s has more than two columns, and so a gap", path)
		}
		if clipped := script[[]string](p, `Array.from(document.querySelectorAll(".scroll")).filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.getAttribute("aria-label"))`); len(clipped) > 0 {
			t.Errorf("%s has to be scrolled sideways: %s", path, strings.Join(clipped, ", "))
		}
	}
}
