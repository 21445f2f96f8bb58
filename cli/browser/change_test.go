package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// openProblems asks the API how many there are.
func openProblems(t *testing.T, in *instance) int {
	t.Helper()
	return total(t, in, "total_count", "problems", "--no-resolved")
}

// total asks the API by a system command for a number of its answer.
func total(t *testing.T, in *instance, key string, command ...string) (n int) {
	t.Helper()
	out := in.must(t, append(append([]string{"system"}, command...), "--json")...)
	var answer map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := json.Unmarshal(answer[key], &n); err != nil {
		t.Fatalf("%s: %v: %s", key, err, out)
	}
	return n
}

func TestProblemsAreResolvedInPlace(t *testing.T) {
	t.Parallel()
	in := own(t, "--demo")
	p := signedIn(t, in, "/?range=all")
	p.settled()
	before := openProblems(t, in)
	script[int](p, "window.stays = 1")
	message := p.list("#problems .message")[0]
	p.click("#resolve-0")
	p.waitSays(".status", "1 problem is resolved.")
	if after := openProblems(t, in); after != before-1 {
		t.Errorf("%d were open, then %d", before, after)
	}
	if script[int](p, "window.stays") != 1 || p.at() != "/?range=all" {
		t.Error("resolving leads elsewhere")
	}
	if script[float64](p, "scrollY") == 0 {
		t.Error("resolving leads to the top of the page")
	}
	p.visit("/problems?state=resolved")
	rows := p.list(".triage tbody tr")
	i := slices.IndexFunc(rows, func(row string) bool { return strings.Contains(row, message) })
	if i < 0 {
		t.Fatalf("%q is not among those resolved: %q", message, rows)
	}
	p.click(fmt.Sprintf(".triage tbody tr:nth-child(%d) input", i+1))
	p.click("#reopen-chosen")
	p.waitSays(".status", "1 problem is open again.")
	if after := openProblems(t, in); after != before {
		t.Errorf("%d were open, then %d", before, after)
	}

	p.visit("/problems")
	p.click("#resolve-chosen")
	p.waitSays(".status", "No problem was chosen")
	p.click("#all-problems")
	p.click("#resolve-chosen")
	p.waitSays(".status", fmt.Sprintf("%d problems are resolved.", before))
	p.says("main", "Nothing is open")
	if after := openProblems(t, in); after != 0 {
		t.Errorf("%d are still open", after)
	}
}

func TestViewAsShowsWhatAPersonSees(t *testing.T) {
	t.Parallel()
	in := own(t, "--demo")
	p := signedIn(t, in, "/sessions")
	p.click(".sessions .name a")
	p.wait(`location.pathname.startsWith("/people/")`)
	name, path := p.text("h1"), p.at()
	viewed := func() int {
		p.visit(path + "?range=today")
		return numbers(t, []string{script[string](p, `Array.from(document.querySelectorAll(".facts div")).find((e) => e.innerText.startsWith("Viewed")).querySelector("dd").innerText`)})[0]
	}
	before := viewed()
	p.visit(path)
	p.click("#view-as")
	p.waitSays(".viewing", name)
	p.says(".viewing", "on record")
	if pages := p.list("nav[aria-label=Pages] a"); !slices.Equal(pages, []string{"Activity", "Sessions", "Problems"}) {
		t.Errorf("a TA has the pages %q", pages)
	}
	p.visit("/sessions?range=all")
	p.says(".viewing", name)
	for _, other := range p.list(".sessions .name") {
		if other != name {
			t.Errorf("%s sees a session of %s", name, other)
		}
	}
	if p.count("#view-as") != 0 {
		t.Error("one can view as somebody out of a view")
	}
	p.expect("status of 404")
	p.expect("status of 403")
	p.visit("/data")
	p.says("main", "403")
	p.click("#end-view")
	p.waitSays(".status", "You no longer look as "+name)
	p.waitAt(path)
	if p.count(".viewing") != 0 {
		t.Error("the banner stays")
	}
	if after := viewed(); after != before+1 {
		t.Errorf("%s was viewed %d times today, then %d", name, before, after)
	}
	p.visit("/access?action=emulate")
	p.says("#audit", "Began to view as somebody")
}

func TestTokensAreMadeShownOnceAndRevoked(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t, "--demo")
	p := signedIn(t, in, "/access")
	p.expect("status of 422")
	p.click("#new-token")
	p.fill("input[name=name]", "Ada’s <notebook>")
	p.set("select[name=role]", "viewer")
	p.click("#create-token")
	p.waitSays(".error", "department")
	if kept := script[string](p, `document.querySelector("input[name=name]").value`); kept != "Ada’s <notebook>" {
		t.Errorf("of the name there is left %q", kept)
	}
	p.click("#tokens fieldset input")
	p.click("#create-token")
	p.waitSays(".secret", "Ada’s <notebook>")
	secret := script[string](p, `document.querySelector("#secret").value`)
	if _, err := in.glow("system", "context", "--token", secret); err != nil {
		t.Error(err)
	}
	p.visit("/access")
	if strings.Contains(script[string](p, "document.documentElement.outerHTML"), secret) {
		t.Error("the token is shown a second time")
	}
	p.says("#audit", "Made a token")

	row := script[string](p, `Array.from(document.querySelectorAll("#tokens tbody tr")).find((e) => e.innerText.includes("Ada")).querySelector("button").id`)
	asked := make(chan string, 1)
	go func() {
		for e, err := range chromedp.Events(p.ctx, page.JavascriptDialogOpening) {
			if err != nil {
				return
			}
			asked <- e.Message
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			return
		}
	}()
	p.expect("dialog: Revoke the token")
	script[int](p, fmt.Sprintf(`(setTimeout(() => document.getElementById(%q).click()), 1)`, row))
	select {
	case question := <-asked:
		if !strings.Contains(question, "locked out") {
			t.Errorf("it is asked: %s", question)
		}
	case <-time.After(patience):
		t.Fatal("nobody is asked before a token is revoked")
	}
	p.waitSays(".status", "opens nothing any more")
	if _, err := in.glow("system", "context", "--token", secret); err == nil {
		t.Error("a revoked token opens something")
	}
}

// session is the record of a new session of somebody.
func session(id, person string) string {
	return fmt.Sprintf(`{"kind":"session","id":%q,"profile_id":%q,"created_at":%q}`+"\n", id, person, time.Now().UTC().Add(-time.Minute).Format(time.RFC3339))
}

// listening counts what a page hears in its stream of news.
const listening = `window.heard = 0;
window.EventSource = class extends EventSource {
	constructor(at) {
		super(at);
		for (const what of ["now", "changed"]) this.addEventListener(what, () => window.heard++);
	}
}`

func TestNumbersMoveWithoutAReload(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t)
	if err := in.take(`{"kind":"profile","id":"p1","name":"Ada"}` + "\n" + session("s1", "p1")); err != nil {
		t.Fatal(err)
	}
	p := signedIn(t, in, "/sign-in")
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: listening})
	p.visit("/")
	p.settled()
	script[int](p, "window.stays = 1")
	if p.value(0) != 1 {
		t.Fatalf("there are %d sessions", p.value(0))
	}
	p.wait(`window.heard`) // the stream is there before anything comes in
	if err := in.take(session("s2", "p1")); err != nil {
		t.Fatal(err)
	}
	p.wait(`document.querySelector(".card .value").innerText === "2"`)
	p.settled()
	if script[int](p, "window.stays") != 1 {
		t.Error("the page was loaded anew")
	}

	p.fill("#search-people", "half a na")
	if err := in.take(session("s3", "p1")); err != nil {
		t.Fatal(err)
	}
	p.waitSays(".status", "New records came in")
	if typed := script[string](p, `document.querySelector("#search-people").value`); typed != "half a na" || p.value(0) != 2 {
		t.Errorf("whoever is typing is disturbed: %q, %d", typed, p.value(0))
	}
	p.click(".status button")
	p.wait(`document.querySelector(".card .value").innerText === "3"`)

	calm := signedIn(t, in, "/")
	calm.media("prefers-reduced-motion", "reduce")
	calm.visit("/")
	calm.settled()
	if err := in.take(session("s4", "p1")); err != nil {
		t.Fatal(err)
	}
	calm.waitSays(".status", "New records came in")
	if calm.value(0) != 3 || script[int](calm, "document.getAnimations().length") != 0 {
		t.Error("something moves for whoever wants no motion")
	}
}

// What comes in while a page is on its way to the browser is news to it.
func TestNothingIsMissedBeforeTheStreamIsThere(t *testing.T) {
	t.Parallel()
	in := own(t)
	if err := in.take(`{"kind":"profile","id":"p1","name":"Ada"}` + "\n" + session("s1", "p1")); err != nil {
		t.Fatal(err)
	}
	p := signedIn(t, in, "/sign-in")
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		const Late = EventSource;
		window.EventSource = function () { return { addEventListener(...what) { (window.late ||= []).push(what); }, close() {} } };
		window.connect = () => { const e = new Late("/live"); for (const what of window.late) e.addEventListener(...what); return true; };`})
	p.visit("/")
	p.settled()
	if err := in.take(session("s2", "p1")); err != nil {
		t.Fatal(err)
	}
	script[bool](p, `document.querySelector(".people a").focus() || true`) // a focus alone is nobody typing
	script[bool](p, "window.connect()")
	p.wait(`document.querySelector(".card .value").innerText === "2"`)
	p.wait(`document.activeElement.matches(".people a")`)
}

// same opens another window of the same visit.
func (p *tab) same(path string) *tab {
	p.t.Helper()
	q := open(p.t, p.in)
	for _, c := range call(p, network.GetCookies, network.GetCookiesParams{}).Cookies {
		call(q, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: p.in.url + "/", HTTPOnly: pointer(true), SameSite: network.CookieSameSiteStrict})
	}
	q.visit(path)
	q.settled()
	return q
}

func TestAViewBegunInAnotherWindowIsSaidHere(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t)
	if err := in.take(`{"kind":"profile","id":"p1","name":"Ada","role":"ta"}` + "\n" + `{"kind":"profile","id":"p2","name":"Bob","role":"ta"}` + "\n" + session("s1", "p1") + session("s2", "p2")); err != nil {
		t.Fatal(err)
	}
	p := signedIn(t, in, "/")
	p.settled()
	bob, other := p.same("/people/p2"), p.same("/people/p1")
	bob.expect("status of 404")
	if p.count(".people tbody tr") != 2 {
		t.Fatal("two people are not there")
	}
	other.click("#view-as")
	other.waitSays(".viewing", "Ada")
	p.waitSays(".viewing", "Ada") // never her numbers under the name of the admin
	p.wait(`document.readyState === "complete"`)
	if rows := p.list(".people tbody th"); !slices.Equal(rows, []string{"Ada"}) {
		t.Errorf("as Ada there are %q", rows)
	}
	bob.waitSays(".viewing", "Ada") // nor a fault that says nothing of why
	bob.waitSays("main", "There is no person")
}

func TestManyWindowsLeaveRoomForPages(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, own(t, "--demo"), "/")
	p.expect("status of 429")
	p.settled()
	for n := range 6 { // more streams, as of other windows
		if status := script[int](p, `await new Promise((done) => {
			const one = new EventSource("/live"); (window.more ||= []).push(one);
			const ask = () => fetch("/sessions", {signal: AbortSignal.timeout(5000)}).then((r) => done(r.status), () => done(0));
			one.onopen = one.onerror = ask; })`); status != 200 {
			t.Fatalf("with %d more windows a page answers %d", n+1, status)
		}
	}
}
