package browser

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// dark reports whether the page is dark.
func (p *tab) dark() bool {
	p.t.Helper()
	return script[bool](p, `((c) => c[0] < 80)(getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number))`)
}

func TestThemes(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/sessions?range=7d")
	for _, system := range []string{"light", "dark"} {
		p.media("prefers-color-scheme", system)
		for _, choice := range []string{"light", "dark", ""} {
			button := fmt.Sprintf(".theme button[value=%q]", choice)
			p.click(button)
			p.wait(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%s).getAttribute("aria-pressed") === "true"`, quoted(button)))
			if want := choice == "dark" || choice == "" && system == "dark"; p.dark() != want {
				t.Errorf("chosen %q, the system is %s: dark is %t", choice, system, p.dark())
			}
			if p.at() != "/sessions?range=7d" {
				t.Errorf("a theme leads to %s", p.at())
			}
		}
	}
}

// tabTo goes on by the tabulator until an element has the focus, which must be
// seen wherever it comes by.
func (p *tab) tabTo(selector string) {
	p.t.Helper()
	for range 120 {
		p.press("\t")
		at := script[struct {
			There, Seen bool
			Name        string
		}](p, fmt.Sprintf(`((e) => { const s = getComputedStyle(e), r = e.getBoundingClientRect(); return {There: e.matches(%s), Name: e.outerHTML.slice(0, 100),
			Seen: e === document.body || s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && r.width > 0 && r.bottom > 0 && r.top < innerHeight} })(document.activeElement)`, quoted(selector)))
		if !at.Seen {
			p.t.Errorf("the focus is not seen on %s", at.Name)
		}
		if at.There {
			return
		}
	}
	p.t.Fatalf("the tabulator does not come to %s", selector)
}

func TestKeyboardAlone(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t, "--demo")
	p := open(t, in)
	p.visit("/")
	p.wait(`document.activeElement.name === "token"`)
	for _, key := range in.token {
		p.press(string(key))
	}
	p.press("\r")
	p.waitAt("/")
	p.settled()
	p.press("\t")
	if p.text(":focus") != "Skip to the content" {
		t.Errorf("the first stop is %s", p.text(":focus"))
	}
	p.tabTo("#range-month")
	p.press("\r")
	p.waitAt("/?range=month")
	p.tabTo("#pick-department")
	p.press(" ")
	p.tabTo(".pick[open] input[name=department]")
	p.press(" ")
	p.press("\x1b")
	if script[string](p, `document.activeElement.id`) != "pick-department" || p.count(".pick[open]") != 0 {
		t.Error("escape does not close the list")
	}
	p.tabTo("#apply")
	p.press("\r")
	p.wait(`location.search.includes("department=") && !document.querySelector(".htmx-request")`)
	p.visit("/?range=all")
	p.settled()
	before := openProblems(t, in)
	p.tabTo("#resolve-0")
	p.press("\r")
	p.waitSays(".status", "1 problem is resolved.")
	if after := openProblems(t, in); after != before-1 {
		t.Errorf("%d were open, then %d", before, after)
	}
	if at := script[string](p, "document.activeElement.id"); at != "resolve-0" {
		t.Errorf("after resolving, the focus is on %q", at)
	}
}

func TestPrintedAsAReport(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/")
	p.settled()
	p.media("media", "print", "prefers-color-scheme", "dark")
	for _, gone := range []string{".top nav", ".self", ".filter form", "#find-people", "#resolve-0"} {
		if script[bool](p, fmt.Sprintf(`document.querySelector(%s).checkVisibility()`, quoted(gone))) {
			t.Errorf("%s is on the paper", gone)
		}
	}
	for _, there := range []string{"h1", ".window", ".card .value", ".heat rect", ".people tbody tr:last-child", "footer"} {
		if !script[bool](p, fmt.Sprintf(`document.querySelector(%s).checkVisibility()`, quoted(there))) {
			t.Errorf("%s is not on the paper", there)
		}
	}
	if p.dark() {
		t.Error("the paper is dark")
	}
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Errorf("no PDF: %v", err)
	}
}

func TestWithoutScript(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t, "--demo")
	p := open(t, in)
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.visit("/sessions?range=all")
	p.fill("input[name=token]", in.token)
	p.click("main button")
	p.waitAt("/sessions?range=all")
	p.fill("#search-sessions", "kim")
	p.click("#apply")
	p.wait(`location.search.includes("search=kim")`)
	for _, name := range p.list(".sessions tbody .name") {
		if !strings.Contains(strings.ToLower(name), "kim") {
			t.Errorf("a search for kim finds %s", name)
		}
	}
	p.visit("/problems")
	before := openProblems(t, in)
	p.click(".triage tbody input")
	p.click("#resolve-chosen")
	p.waitSays(".status", "1 problem is resolved.")
	if after := openProblems(t, in); after != before-1 {
		t.Errorf("%d were open, then %d", before, after)
	}
	for _, one := range pagesWithoutIDs {
		p.visit(one.path)
		p.says("h1", one.name)
	}
	p.visit("/?range=30d")
	p.says(".chart ~ details summary", "As a table")
	p.visit("/data/holdings")
	p.says("#file", "messages")
	p.click(".self form[action='/sign-out'] button")
	p.waitAt("/sign-in")
}

var pagesWithoutIDs = []named{{"Activity", "/"}, {"Sessions", "/sessions"}, {"Problems", "/problems"}, {"Data", "/data"}, {"Access", "/access"}}

func TestPolicyOfEveryPage(t *testing.T) {
	thorough(t)
	t.Parallel()
	needsBrowser(t)
	in := shared(t, demoData)
	cookie, err := in.visit(in.token)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range append(pagesWithoutIDs, named{"Sign in", "/sign-in"}, named{"Not found", "/nowhere"}) {
		r, err := http.NewRequest(http.MethodGet, in.url+one.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(cookie)
		r.Header.Set("Accept", "text/html")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", one.path, policy)
		}
	}
}

func TestEmptyDatabaseSaysWhatToDoNext(t *testing.T) {
	t.Parallel()
	p := signedIn(t, shared(t, emptyData), "/")
	p.says("main", "Bring records in")
	for path, part := range map[string]string{
		"/sessions": "No sessions", "/problems": "Nothing is open", "/data": "There are no terms yet", "/access": "first admin",
	} {
		p.visit(path)
		p.settled()
		p.says("main", part)
	}
}

// TestHostileData looks at 5,000 people and at the worst names.
func TestHostileData(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, hostileData), "/")
	p.settled()
	p.says("#people .pager", "5,006 people")
	if p.count(".people tbody tr") != 50 {
		t.Errorf("%d people are on one page", p.count(".people tbody tr"))
	}
	for _, name := range []string{longName, scriptName, rtlName, emojiName, spaceless} {
		p.visit("/")
		p.fill("#search-people", name)
		p.press("\r")
		p.wait(`location.search.includes("search=")`)
		p.wait(`document.querySelectorAll(".people tbody tr").length === 1`)
		if got := script[string](p, `document.querySelector(".people tbody th a").textContent`); got != name {
			t.Errorf("a search for %q finds %q", name, got)
		}
		p.click(".people tbody th a")
		p.wait(`location.pathname.startsWith("/people/") && !document.querySelector(".htmx-request")`)
		if got := script[string](p, `document.querySelector("h1").textContent`); got != name {
			t.Errorf("the page of %q is headed %q", name, got)
		}
		p.click(".sessions [data-open]")
		p.wait(`location.pathname.startsWith("/sessions/") && document.querySelector(".timeline")`)
		p.says("main", "Groups of runs")
		p.noOverflow()
	}
	if script[int](p, `document.querySelectorAll("main b, main script").length`) != 0 {
		t.Error("a name became markup")
	}
	p.visit("/?sort=last_active_at&order=desc")
	p.click("#page-last")
	p.wait(`location.search.includes("page=101")`)
	p.waitSays(".pager", "Page 101 of 101")
}
