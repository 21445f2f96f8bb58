package browser

import (
	"archive/zip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// people asks the API how many there are.
func people(t *testing.T, in *instance) int {
	t.Helper()
	return total(t, in, "profile_summary_total", "activity")
}

func TestImportByChoosingAFile(t *testing.T) {
	t.Parallel()
	in := own(t)
	p := signedIn(t, in, "/")
	p.says("main", "Nothing here yet")
	p.click("main a[href='/data']")
	p.waitAt("/data")
	p.click("input[name=from][value=moodle]")
	p.choose("input[name=files]", filepath.Join("..", "..", "testdata", "moodle", "log_course_42.csv"))
	p.click("#check-import")
	p.waitSays(".result h3", "This would happen")
	p.says(".result", "log_course_42.csv")
	p.says(".result", "sessions")
	if n := people(t, in); n != 0 {
		t.Errorf("a check takes %d people in", n)
	}
	p.click("#take-import")
	p.waitSays(".result h3", "Taken in")
	if n := people(t, in); n == 0 {
		t.Error("nobody was taken in")
	}
	p.click(".result a")
	p.waitAt("/?range=all")
	if p.value(0) == 0 {
		t.Error("there are no sessions")
	}
}

func TestImportShowsFaultsByLineAndTakesTheRest(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t)
	file := filepath.Join(t.TempDir(), "records.ndjson")
	text := `{"kind":"profile","id":"p1","name":"Ada"}
{"kind":"session","id":"s1","profile_id":"p1","created_at":"yesterday"}
{"kind":"session","id":"s2","profile_id":"p1","created_at":"2026-01-02T03:04:05Z"}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := signedIn(t, in, "/data")
	p.expect("status of 422")
	p.settled()

	// dropped, as from a folder
	zone := script[[2]float64](p, `((r) => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector("[data-drop]").getBoundingClientRect())`)
	for _, what := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		call(p, input.DispatchDragEvent, input.DispatchDragEventParams{
			Type: what, X: zone[0], Y: zone[1], Data: &input.DragData{Items: []*input.DragDataItem{}, Files: []string{file}, DragOperationsMask: 1},
		})
	}
	p.wait(`document.querySelector("input[name=files]").files.length === 1`)
	p.click("#check-import")
	p.waitSays(".result h3", "1 record has a fault; nothing was taken")
	p.says(".faults", "records.ndjson:2")
	p.says(".faults", "created_at")
	if n := people(t, in); n != 0 {
		t.Errorf("a check takes %d people in", n)
	}
	p.says("#take-import", "2 good ones")
	p.click("#take-import")
	p.waitSays(".result h3", "Taken in")
	if n := people(t, in); n != 1 {
		t.Errorf("%d people are there", n)
	}

	p.visit("/data")
	unknown := filepath.Join(t.TempDir(), "shapes.csv")
	if err := os.WriteFile(unknown, []byte("colour,shape\nred,round\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.choose("input[name=files]", unknown)
	p.click("#check-import")
	p.waitSays("#import .error", "cannot be told by its columns colour, shape")
	p.says("#ask", "What are the columns of shapes.csv?")
	p.set("#ask select[aria-label='What colour is']", "person's id")
	p.click("#check-again")
	p.waitSays(".result h3", "This would happen")
	p.click("#take-import")
	p.waitSays(".result h3", "Taken in")
	if n := people(t, in); n != 2 {
		t.Errorf("%d people are there", n)
	}
}

// Nobody knows what the file is: the page proposes it, a person says yes, and the next file like it
// goes through by itself.
func TestSayingWhatAFileIs(t *testing.T) {
	t.Parallel()
	in := own(t)
	folder := t.TempDir()
	write := func(name, rows string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte("When,Who,What\n"+rows), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	p := signedIn(t, in, "/data")
	p.expect("status of 422")
	p.choose("input[name=files]", write("usage-03.csv", "2025-03-03 10:15,ana@uni.de,Login\n2025-03-03 10:25,ana@uni.de,View\n"))
	p.click("#check-import")
	p.waitSays("#ask", "Where \"What\" is Login, it is a login.")
	p.waitSays("#mapped", "2025-03-03 · 1 person") // beside it, what would come of it
	p.says("#mapped", "logins")
	p.set("#ask select[aria-label='What When is']", "")
	p.waitSays("#mapped", "profiles") // without a time, it is a list of people
	p.wait(`!document.querySelector("#mapped").innerText.includes("logins")`)
	p.visit("/data")
	p.choose("input[name=files]", filepath.Join(folder, "usage-03.csv"))
	p.click("#check-import")
	p.waitSays("#mapped", "2025-03-03 · 1 person")
	p.click("#check-again")
	p.waitSays(".result h3", "This would happen")
	p.click("#take-import")
	p.waitSays(".result h3", "Taken in")
	p.visit("/data")
	p.choose("input[name=files]", write("usage-04.csv", "2025-04-03 10:15,ben@uni.de,View\n"))
	p.click("#check-import")
	p.waitSays(".result", "was taken for usage")
}

func TestExportIsWhatWasFiltered(t *testing.T) {
	thorough(t)
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/data")
	folder := t.TempDir()
	context := chromedp.FromContext(p.ctx).BrowserContextID
	if _, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: context, DownloadPath: folder,
	}); err != nil {
		t.Fatal(err)
	}
	today := time.Now().Format(time.DateOnly)
	from := time.Now().AddDate(0, 0, -100).Format(time.DateOnly)
	p.set("#export input[name=from]", from)
	p.set("#export input[name=to]", today)
	department := script[string](p, `document.querySelector("#export input[name=department]").value`)
	p.click("#export input[name=department]")
	p.click("#export-file")
	var file string
	for start := time.Now(); file == "" && time.Since(start) < patience; time.Sleep(20 * time.Millisecond) {
		found, _ := filepath.Glob(filepath.Join(folder, "*.zip"))
		if len(found) == 1 {
			file = found[0]
		}
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var manifest struct {
		Filters map[string]any `json:"filters"`
	}
	m, err := archive.Open("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(m).Decode(&manifest); err != nil {
		t.Fatal(err)
	}
	if said := fmt.Sprint(manifest.Filters); !strings.Contains(said, from) || !strings.Contains(said, department) {
		t.Errorf("the manifest says of its filters: %s", said)
	}
	sessions, err := archive.Open("sessions.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(sessions).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 2 {
		t.Error("the file has no sessions")
	}
	for _, row := range rows[1:] {
		if row[2] < time.Now().AddDate(0, 0, -101).Format(time.DateOnly) {
			t.Errorf("a session of %s is in the file", row[2])
		}
	}
}

func TestExportOfWhatIsShown(t *testing.T) {
	t.Parallel()
	p := signedIn(t, shared(t, demoData), "/?range=7d")
	p.click(".export")
	p.waitAt("/data?range=7d")
	from := script[string](p, `document.querySelector("#export input[name=from]").value`)
	if at, err := time.Parse(time.DateOnly, from); err != nil || time.Since(at) > 9*24*time.Hour {
		t.Errorf("the export of the last 7 days begins on %q", from)
	}
}

func TestTermsAndHoldings(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t, "--demo")
	p := signedIn(t, in, "/data")
	p.expect("status of 422")
	p.waitSays("#file", "messages")
	p.says("#file", "last computed")
	p.click("#refresh")
	p.waitSays(".status", "up to date")

	p.fill("#terms input[name=id]", "2030-x")
	p.fill("#terms input[name=name]", "Far away")
	p.set("#terms input[name=starts_on]", "2030-06-01")
	p.set("#terms input[name=ends_on]", "2030-01-01")
	p.click("#save-term")
	p.waitSays("#terms .error", "ends_on")
	if kept := script[string](p, `document.querySelector("#terms input[name=name]").value`); kept != "Far away" {
		t.Errorf("of the name there is left %q", kept)
	}
	p.set("#terms input[name=ends_on]", "2030-12-31")
	p.click("#save-term")
	p.waitSays(".status", "Far away")
	p.visit("/")
	p.click("#term-2030-x")
	p.waitAt("/?term=2030-x")
	p.says(".window", "2030-06-01 to 2030-12-31")
}
