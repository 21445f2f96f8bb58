package browser

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func numbers(t *testing.T, texts []string) []int {
	t.Helper()
	list := make([]int, len(texts))
	for i, text := range texts {
		n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		list[i] = n
	}
	return list
}

// value is the number of a card.
func (p *tab) value(card int) int {
	p.t.Helper()
	return numbers(p.t, p.list(".card .value"))[card]
}

func TestFiltersAreInTheAddress(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/")
	script[int](p, "window.stays = 1")
	month := p.value(0)
	p.click("#range-7d")
	p.waitAt("/?range=7d")
	p.says("#range-7d[aria-current]", "Last 7 days")
	week := p.value(0)
	if week >= month {
		t.Errorf("%d sessions in the last 7 days, %d in the last 30", week, month)
	}
	p.click("#pick-department")
	p.click(".pick[open] input[value=dept-bio], .pick[open] input")
	p.click("#apply")
	p.wait(`location.search.includes("department=") && !document.querySelector(".htmx-request")`)
	part, at := p.value(0), p.at()
	if part > week {
		t.Errorf("%d sessions of one department, %d of all", part, week)
	}
	if !strings.Contains(at, "range=7d") || strings.Contains(at, "from=") {
		t.Errorf("the address is %s", at)
	}
	p.says("#pick-department", "1 chosen")
	if script[int](p, "window.stays") != 1 {
		t.Error("a filter loads the whole page anew")
	}
	p.visit(at) // as from a mail
	if again := p.value(0); again != part {
		t.Errorf("the same address shows %d, then %d", part, again)
	}

	if err := chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void]("history.back()")); err != nil {
		t.Fatal(err)
	}
	p.wait(`!location.search.includes("department=")`)
	p.waitAt("/?range=7d")
	p.wait(fmt.Sprintf(`document.querySelector(".card .value").innerText === "%d"`, week))
	p.says("#pick-department", "all")

	p.click("#term-term-spring-2026, [id^=term-]")
	p.wait(`location.search.startsWith("?term=")`)
	p.waitSays(".window", " to ")
	today := time.Now().Format(time.DateOnly)
	p.set("input[name=from]", today)
	p.set("input[name=to]", today)
	p.click("#apply")
	p.wait(`location.search.includes("from=")`)
	p.click("#reset")
	p.waitAt("/")
}

func TestWrongAddressesAreToldAndTheRestIsShown(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/?from=nonsense&department=nobody&colour=red&sort=size&page=-1&follow_up=x&range=century")
	notes := strings.Join(p.list(".notes li"), "\n")
	for _, part := range []string{"nonsense", "nobody", "colour", "size", "-1", "“x”", "century"} {
		if !strings.Contains(notes, part) {
			t.Errorf("nothing is said of %s: %s", part, notes)
		}
	}
	if p.count(".people tbody tr") == 0 || p.count(".card") != 4 {
		t.Error("the rest is not shown")
	}
	p.visit("/sessions?active=perhaps&size=100000&order=up")
	if notes := p.list(".notes li"); len(notes) != 3 || p.count(".sessions tbody tr") == 0 {
		t.Errorf("notes: %q", notes)
	}
	p.visit("/?from=2026-06-30&to=2026-01-01")
	p.says(".notes", "wrong way round")
	p.expect("status of 404")
	p.visit("/sessions/nobody-knows-it")
	p.says("main", "404")
	p.visit("/sessions?page=9999")
	p.says("main", "behind the last one")
}

func TestPeopleAreSortedAndSearched(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/?range=all")
	p.click("#sort-sessions_count")
	p.wait(`location.search.includes("sort=sessions_count")`)
	p.wait(`document.querySelector("[aria-sort=descending] #sort-sessions_count")`)
	counts := numbers(t, p.list(".people tbody tr td:nth-child(4)"))
	if !slices.IsSortedFunc(counts, func(a, b int) int { return b - a }) || counts[0] == 0 {
		t.Errorf("most sessions first: %v", counts)
	}
	p.click("#sort-sessions_count")
	p.wait(`document.querySelector("[aria-sort=ascending] #sort-sessions_count")`)
	if up := numbers(t, p.list(".people tbody tr td:nth-child(4)")); !slices.IsSorted(up) {
		t.Errorf("fewest sessions first: %v", up)
	}
	p.fill("#search-people", "KIM")
	p.press("\r")
	p.wait(`location.search.includes("search=KIM")`)
	p.waitSays(".people", "Grace Kim")
	for _, name := range p.list(".people tbody th") {
		if !strings.Contains(strings.ToLower(name), "kim") {
			t.Errorf("a search for kim finds %s", name)
		}
	}
	p.fill("#search-people", "nobody at all")
	p.click("#find-people")
	p.waitSays("#people", "Nobody here has “nobody at all” in their name")

	p.visit("/?follow_up=30")
	for _, when := range script[[]string](p, `Array.from(document.querySelectorAll(".people tbody tr td:nth-child(3)"), (e) => e.querySelector("time") ? e.querySelector("time").dateTime : "")`) {
		if at, err := time.Parse(time.RFC3339, when); when != "" && (err != nil || time.Since(at) < 29*24*time.Hour) {
			t.Errorf("whoever was active on %s needs no follow-up yet (%v)", when, err)
		}
	}
	if p.count(".people tbody tr") == 0 || p.count(".people td.zero") == 0 {
		t.Error("nobody needs follow-up, or zeros are not shown")
	}
	p.says("#people .hint", "do not judge")
	p.click(".people tbody tr td:last-child") // a row opens the person
	p.wait(`location.pathname.startsWith("/people/")`)
	p.says("main", "The last 53 weeks")
}

func TestActivityAnswersAtAGlance(t *testing.T) {
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/")
	p.settled()
	if cards := p.list(".card h2"); !slices.Equal(cards, []string{"Sessions", "Active people", "Logins", "Emulations"}) {
		t.Errorf("cards: %q", cards)
	}
	if p.count(".card .spark polyline:not(.going)") != 4 || p.count(".card .spark .going") != 4 || p.count(".card .change") != 4 {
		t.Error("a card has no sparkline or no change")
	}
	p.says(".window", "beside")
	p.says(".window", "up to the same time of day")
	p.says(".reading", "is not over")
	if !script[bool](p, `document.querySelector(".chart ~ details tbody tr:last-child").textContent.includes("so far")`) {
		t.Error("the table does not mark the day that is not over")
	}
	if p.count(".heat rect") != 7*24 {
		t.Errorf("the map has %d squares", p.count(".heat rect"))
	}
	p.says(".spend", "$")
	p.says("footer", zone)
	if bare := script[int](p, `Array.from(document.querySelectorAll("[role=img]")).filter((e) => !e.closest("section").querySelector("details table")).length`); bare != 0 {
		t.Errorf("%d charts have no table", bare)
	}
	states := p.list("#problems .badge")
	if first := slices.Index(states, "Resolved"); first >= 0 && slices.Contains(states[first:], "Open") {
		t.Errorf("problems come as %q: open ones are first", states)
	}
	p.visit("/?range=all")
	p.settled()
	if p.count(".card .change") != 0 {
		t.Error("all time is compared with something")
	}
	for _, path := range []string{"/", "/sessions", "/problems", "/data", "/access"} {
		p.visit(path)
		if title := script[string](p, "document.title"); !strings.HasPrefix(title, p.text("h1")) {
			t.Errorf("%s is titled %s", path, title)
		}
	}
}

// TestRealLogs looks at what real people did, as Moodle logged it.
func TestRealLogs(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, moodleData), "/?range=all")
	p.settled()
	if p.value(0) < 300 || p.value(1) < 30 {
		t.Errorf("%d sessions of %d people", p.value(0), p.value(1))
	}
	if shades := script[int](p, `new Set(Array.from(document.querySelectorAll(".heat rect"), (e) => e.className.baseVal)).size`); shades < 4 {
		t.Errorf("the map has %d shades: an outlier flattens it", shades)
	}
	p.visit("/")
	p.says("main", "No day in this window has records. The last ones are of")
	p.click("main section .none a")
	p.wait(`location.search.includes("from=2025")`)
	p.settled()
	if p.value(0) == 0 {
		t.Error("where the last records are, there are none")
	}
	p.visit("/sessions?range=all&size=200")
	p.says(".pager", "of 313 sessions")
	p.click("#page-next")
	p.wait(`location.search.includes("page=2") && location.search.includes("cursor=")`)
	p.settled()
	if rows := p.count(".sessions tbody tr"); rows != 113 {
		t.Errorf("the second page has %d rows", rows)
	}
}

// An id may have what ends a selector: a click beside it must still work.
func TestATermWithQuotesInItsID(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t)
	if err := in.take(`{"kind":"term","id":"WS '24/'25","name":"Winter","starts_on":"2024-10-01","ends_on":"2025-03-31"}` + "\n" + `{"kind":"profile","id":"p1","name":"Ada"}` + "\n" + session("s1", "p1")); err != nil {
		t.Fatal(err)
	}
	p := signedIn(t, in, "/")
	p.settled()
	p.click("#range-7d")
	p.waitSays(".window", "Last 7 days")
	p.click("[id^=term-]")
	p.waitSays(".window", "Winter")
}
