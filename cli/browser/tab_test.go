package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to come to what a test waits for. Nothing
// takes as long on a machine with nothing else to do.
const patience = 20 * time.Second

// tab is a window of a browser profile that nobody else has. When its test ends,
// there must have been no error on its console, and no request but to its
// instance.
type tab struct {
	t   *testing.T
	ctx context.Context
	in  *instance

	mu     sync.Mutex
	faults []string
	refuse []string // parts of errors that are meant to come
}

// open opens a tab at nothing.
func open(t *testing.T, in *instance) *tab {
	t.Helper()
	root := needsBrowser(t)
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	p := &tab{t: t, ctx: ctx, in: in}
	t.Cleanup(func() {
		defer cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, fault := range p.faults {
			if !slices.ContainsFunc(p.refuse, func(part string) bool { return strings.Contains(fault, part) }) {
				t.Errorf("the page says: %s", fault)
			}
		}
	})
	if err := chromedp.Listen(ctx, p.heard); err != nil {
		t.Fatal(err)
	}
	p.size(1280, 800)
	return p
}

// signedIn opens a tab, signed in as an admin, on a page.
func signedIn(t *testing.T, in *instance, path string) *tab {
	t.Helper()
	return signedInWith(t, in, in.token, path)
}

func signedInWith(t *testing.T, in *instance, token, path string) *tab {
	t.Helper()
	p := open(t, in)
	cookie, err := in.visit(token)
	if err != nil {
		t.Fatal(err)
	}
	call(p, network.SetCookie, network.SetCookieParams{
		Name: cookie.Name, Value: cookie.Value, URL: in.url + "/", HTTPOnly: pointer(true), SameSite: network.CookieSameSiteStrict,
	})
	p.visit(path)
	return p
}

func pointer[T any](v T) *T { return &v }

// heard writes down what must not be.
func (p *tab) heard(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		p.faults = append(p.faults, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			p.faults = append(p.faults, fmt.Sprintf("console %s: %v", e.Type, texts(e.Args)))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			p.faults = append(p.faults, fmt.Sprintf("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text))
		}
	case *page.EventJavascriptDialogOpening:
		p.faults = append(p.faults, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, p.in.url+"/") && !strings.HasPrefix(e.Request.URL, "data:") && !strings.HasPrefix(e.Request.URL, "about:") {
			p.faults = append(p.faults, "asked elsewhere: "+e.Request.URL)
		}
	}
}

func texts(args []*runtime.RemoteObject) (list []string) {
	for _, a := range args {
		list = append(list, string(a.Value)+a.Description)
	}
	return list
}

// expect names an error of the console that the test brings about, such as the
// status of a refusal.
func (p *tab) expect(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = append(p.refuse, part)
}

// call sends a command to the browser.
func call[P, R any](p *tab, cmd cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		p.t.Fatalf("%s: %v", cmd.Method, err)
	}
	return answer
}

// size makes the window that large.
func (p *tab) size(width, height int64) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// media sets what the system prefers: turns of feature and value. The first may
// be "media", with print or screen.
func (p *tab) media(pairs ...string) {
	p.t.Helper()
	params := emulation.SetEmulatedMediaParams{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == "media" {
			params.Media = pairs[i+1]
		} else {
			params.Features = append(params.Features, &emulation.MediaFeature{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	call(p, emulation.SetEmulatedMedia, params)
}

// visit goes to a path by the address bar.
func (p *tab) visit(path string) {
	p.t.Helper()
	where := path
	if !strings.HasPrefix(path, "http") {
		where = p.in.url + path
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(where)); err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
}

// script runs JavaScript and decodes what it returns.
func script[T any](p *tab, js string) T {
	p.t.Helper()
	v, err := evaluate[T](p, js)
	if err != nil {
		p.t.Fatalf("%v\nin %s", err, clip(js))
	}
	return v
}

func evaluate[T any](p *tab, js string) (v T, err error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte]("(async () => JSON.stringify("+js+"))()", chromedp.EvalAwaitPromise, chromedp.EvalAsValue))
	if err != nil {
		return v, err
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return v, fmt.Errorf("%w: %s", err, raw)
	}
	return v, json.Unmarshal([]byte(text), &v)
}

func clip(text string) string { return text[:min(len(text), 400)] }

// wait waits until an expression holds.
func (p *tab) wait(js string) {
	p.t.Helper()
	var last error
	for start := time.Now(); time.Since(start) < patience; time.Sleep(15 * time.Millisecond) {
		holds, err := evaluate[bool](p, `document.readyState === "complete" && !!(`+js+")")
		if err == nil && holds {
			return
		}
		last = err // the page may be on its way to another one
	}
	p.t.Fatalf("it does not come to this: %s (%v)\nat %s\n%s", js, last, p.at(), clip(p.text("main")))
}

// at is the path and query of the page.
func (p *tab) at() string {
	p.t.Helper()
	return script[string](p, "location.pathname + location.search")
}

// waitAt waits for a page, by its path and whole query in any order.
func (p *tab) waitAt(path string) {
	p.t.Helper()
	u, err := url.Parse(path)
	if err != nil {
		p.t.Fatal(err)
	}
	want, _ := json.Marshal([]string{u.Path, u.Query().Encode()})
	p.wait(`((want) => { const q = new URLSearchParams(location.search); q.sort(); const w = new URLSearchParams(want[1]); w.sort();
		return location.pathname === want[0] && q.toString() === w.toString() && document.readyState === "complete" && !document.querySelector(".htmx-request") })(` + string(want) + `)`)
}

// text is what one reads in an element.
func (p *tab) text(selector string) string {
	p.t.Helper()
	return script[string](p, fmt.Sprintf(`(document.querySelector(%s) || {innerText: "(none)"}).innerText`, quoted(selector)))
}

// list is what one reads in each element.
func (p *tab) list(selector string) []string {
	p.t.Helper()
	return script[[]string](p, fmt.Sprintf(`Array.from(document.querySelectorAll(%s), (e) => e.innerText.trim())`, quoted(selector)))
}

// count is how many elements there are.
func (p *tab) count(selector string) int {
	p.t.Helper()
	return script[int](p, fmt.Sprintf("document.querySelectorAll(%s).length", quoted(selector)))
}

// says fails unless an element reads so.
func (p *tab) says(selector, part string) {
	p.t.Helper()
	if text := p.text(selector); !strings.Contains(text, part) {
		p.t.Errorf("%s at %s does not say %q: %s", selector, p.at(), part, clip(text))
	}
}

// waitSays waits until an element reads so.
func (p *tab) waitSays(selector, part string) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`(document.querySelector(%s) || {innerText: ""}).innerText.includes(%s)`, quoted(selector), quoted(part)))
}

// click clicks in the middle of an element, as somebody with a mouse. It waits
// until the element is there, lies still, and nothing is before it.
func (p *tab) click(selector string) {
	p.t.Helper()
	where := fmt.Sprintf(`((e) => {
		if (!e || document.querySelector(".htmx-request, .htmx-settling, .htmx-swapping")) return [];
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getClientRects()[0];
		if (!r || !r.width) return [];
		const x = r.x + r.width / 2, y = r.y + r.height / 2, top = document.elementFromPoint(x, y);
		return top && (e.contains(top) || top.contains(e)) ? [x, y] : [];
	})(document.querySelector(%s))`, quoted(selector))
	var before []float64
	for start := time.Now(); time.Since(start) < patience; time.Sleep(20 * time.Millisecond) {
		at, err := evaluate[[]float64](p, where)
		if err == nil && len(at) == 2 && slices.Equal(at, before) {
			ctx, cancel := context.WithTimeout(p.ctx, patience)
			defer cancel()
			if err := chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1])); err != nil {
				p.t.Fatalf("click %s: %v", selector, err)
			}
			return
		}
		before = at
	}
	p.t.Fatalf("one cannot click %s at %s", selector, p.at())
}

// fill puts a text in the place of what is in a field.
func (p *tab) fill(selector, text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`document.querySelector(%s)`, quoted(selector)))
	script[bool](p, fmt.Sprintf(`((e) => { e.focus(); e.select && e.select(); return true })(document.querySelector(%s))`, quoted(selector)))
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// set gives a field a value that is chosen, not typed: a date, an option.
func (p *tab) set(selector, value string) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`document.querySelector(%s)`, quoted(selector)))
	script[bool](p, fmt.Sprintf(`((e) => { e.value = %s; e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true })(document.querySelector(%s))`,
		quoted(value), quoted(selector)))
}

// press presses keys.
func (p *tab) press(keys string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
		p.t.Fatal(err)
	}
}

// choose chooses files in a field.
func (p *tab) choose(selector string, paths ...string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for i := range paths {
		path, err := filepath.Abs(paths[i])
		if err != nil {
			p.t.Fatal(err)
		}
		paths[i] = path
	}
	if err := chromedp.Do(ctx, chromedp.SetUploadFiles(chromedp.CSS(selector), paths)); err != nil {
		p.t.Fatal(err)
	}
}

// settled waits until a page is drawn and whole.
func (p *tab) settled() {
	p.t.Helper()
	p.wait(`document.readyState === "complete" && !document.querySelector(".htmx-request, [hx-trigger=load]:not(:has(table, svg))")
		&& Array.from(document.querySelectorAll("[data-chart]")).every((e) => e.querySelector("canvas"))`)
}

// noOverflow fails when one would have to scroll the page sideways.
func (p *tab) noOverflow() {
	p.t.Helper()
	wide := script[[]int](p, `[document.scrollingElement.scrollWidth, innerWidth]`)
	if wide[0] > wide[1] {
		p.t.Errorf("%s is %d wide in a window of %d: %s", p.at(), wide[0], wide[1], script[string](p,
			`Array.from(document.querySelectorAll("body *")).filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 8).map((e) => e.outerHTML.slice(0, 120)).join("\n")`))
	}
}

// picture saves what the whole page looks like.
func (p *tab) picture(name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name+".png"), image, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}
