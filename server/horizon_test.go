package server

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/moodle"
	"glow/store"
)

// A log accuses nobody who was active in the days before it ends, whenever it is asked.
func TestLogThatEndsAccusesNobodyWhoWasActiveBefore(t *testing.T) {
	for _, name := range []string{"logstore_standard_log.csv", "log_course_42.csv", "log_course_670.csv"} {
		t.Run(name, func(t *testing.T) {
			cutLog(t, filepath.Join(excerpts, name), 8)
			if testing.Short() { // it imports a large log many times
				return
			}
			if whole, ok := wholeLogs(t); ok {
				cutLog(t, filepath.Join(whole, name), 5)
			}
		})
	}
}

func cutLog(t *testing.T, name string, cuts int) {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header, rows := lines[0], lines[1:]
	at := func(row []string) time.Time { return logTime(t, row[slices.Index(header, "timecreated")]) }
	slices.SortStableFunc(rows, func(a, b []string) int { return at(a).Compare(at(b)) })
	for n := range cuts {
		cut := at(rows[rand.IntN(len(rows))]).Add(time.Duration(rand.IntN(3*24)) * time.Hour)
		end, _ := slices.BinarySearchFunc(rows, cut, func(row []string, cut time.Time) int {
			if at(row).After(cut) {
				return 1
			}
			return -1
		})
		checkCut(t, header, rows[:end], cut, n, at)
	}
}

// logTime reads the time of a row, in seconds or as a clock in UTC.
func logTime(t *testing.T, text string) time.Time {
	t.Helper()
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC()
	}
	at, err := time.Parse(time.DateTime, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func checkCut(t *testing.T, header []string, rows [][]string, cut time.Time, n int, at func([]string) time.Time) {
	t.Helper()
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(append([][]string{header}, rows...)); err != nil {
		t.Fatal(err)
	}
	now := cut.Add(time.Duration(rand.IntN(400*24)) * time.Hour)
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), fmt.Sprint(n)+".db"), Zone: time.UTC, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	log, err := moodle.Read([]formats.File{{Name: "log.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil }}},
		moodle.Options{Zone: time.UTC, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	in := store.LogImport{Site: log.Site(), Rows: log.Rows(), Names: log.Names, Derive: log.Derive}
	if _, err := st.PutLog(t.Context(), in, store.PutOptions{Covers: &store.Covers{Log: true}}); err != nil {
		t.Fatal(err)
	}
	latest := map[string]time.Time{}
	column := func(row []string, name string) string {
		if i := slices.Index(header, name); i >= 0 {
			return row[i]
		}
		return ""
	}
	for _, row := range rows {
		if origin := column(row, "origin"); column(row, "realuserid") != "" || origin == "cli" || origin == "restore" {
			continue // it is another person's, or nobody's
		}
		latest["moodle-"+row[slices.Index(header, "userid")]] = at(row)
	}
	for _, days := range []int{1, 7, 14, 30} {
		got, err := st.Activity(t.Context(), schema.Scope{All: true}, schema.ActivityRequest{InactiveDays: &days})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range got.ProfileSummary {
			if last, ok := latest[p.ProfileID]; ok && p.LastActiveAt != nil && last.After(cut.AddDate(0, 0, -days)) {
				t.Errorf("cut at %s, asked at %s: %s is away for %d days, last active %s, data until %v", cut, now, p.ProfileID, days, last, p.DataUntil)
			}
		}
	}
}

// daysPast is the time of the tests, so many days back, as the API writes it.
func daysPast(days int) string { return started.AddDate(0, 0, -days).Format(time.RFC3339) }

func askAway(in *instance, role, body string) (answer schema.ActivityResponse) {
	in.t.Helper()
	in.decode(in.want(http.StatusOK, in.post(role, schema.Activity.Path, body)), &answer)
	return answer
}

func namesOf(answer schema.ActivityResponse) string {
	var ids []string
	for _, p := range answer.ProfileSummary {
		ids = append(ids, p.ProfileID)
	}
	return strings.Join(ids, " ")
}

func takeRecords(in *instance, query string, records ...string) {
	in.t.Helper()
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+query, schema.TypeNDJSON, strings.Join(records, "\n")))
}

func personLine(id, departments string) string {
	return `{"kind":"profile","id":"` + id + `","name":"` + id + `","department_ids":[` + departments + `]}`
}

func loginLine(id, who, at string) string {
	return `{"kind":"login","id":"` + id + `","profile_id":"` + who + `","created_at":"` + at + `"}`
}

// Each person is away by the horizon of their own departments.
func TestDaysAwayAreCountedToTheHorizonOfTheDepartment(t *testing.T) {
	in := newInstance(t, Options{})
	takeRecords(in, "",
		`{"kind":"department","id":"cs","name":"Computing"}`, `{"kind":"department","id":"ma","name":"Mathematics"}`,
		personLine("ann", `"cs"`), personLine("bob", `"cs"`), personLine("cy", `"ma"`), personLine("dee", `"ma"`), personLine("eve", ``), personLine("never", `"cs"`),
		loginLine("1", "ann", daysPast(30)), loginLine("2", "bob", daysPast(50)), // cs ends 30 days ago
		loginLine("3", "cy", daysPast(1)), loginLine("4", "dee", daysPast(16)),
		loginLine("5", "eve", daysPast(100)))
	got := askAway(in, schema.RoleAdmin, `{"inactive_days":14}`)
	if names := namesOf(got); names != "bob dee eve never" {
		t.Errorf("away for 14 days: %s", names)
	}
	if got.DataUntil == nil || got.DataUntil.String() != daysPast(1) || len(got.Horizons) != 3 || got.Horizons[0].DataUntil.String() != daysPast(30) || got.Horizons[2].DataUntil != nil {
		t.Errorf("data until %v, by department %v", got.DataUntil, got.Horizons)
	}
	got = askAway(in, schema.RoleAdmin, `{"inactive_days":14,"department_ids":["cs"]}`)
	if got.DataUntil.String() != daysPast(30) || !strings.Contains(got.DataUntilDescribed, "30 days ago") {
		t.Errorf("data until %v: %q", got.DataUntil, got.DataUntilDescribed)
	}
	// A person knows that the log is complete up to yesterday.
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Horizons.Path, `{"department_ids":["cs"],"covers_until":"`+daysPast(1)[:10]+`"}`))
	if names := namesOf(askAway(in, schema.RoleAdmin, `{"inactive_days":14,"department_ids":["cs"]}`)); names != "ann bob never" {
		t.Errorf("away for 14 days once the log is complete: %s", names)
	}
	// The latest word holds.
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Horizons.Path, `{"department_ids":["cs"],"covers_until":"`+daysPast(20)[:10]+`"}`))
	if names := namesOf(askAway(in, schema.RoleAdmin, `{"inactive_days":14,"department_ids":["cs"]}`)); names != "bob never" {
		t.Errorf("away for 14 days by the latest word: %s", names)
	}
	in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, schema.Horizons.Path, `{"covers_until":"2099-01-01"}`))
}

func TestImportSaysHowFarItReaches(t *testing.T) {
	in := newInstance(t, Options{})
	takeRecords(in, "?covers_until="+daysPast(2)[:10], `{"kind":"department","id":"cs","name":"Computing"}`, `{"kind":"department","id":"ma","name":"Mathematics"}`,
		personLine("ann", `"cs"`), loginLine("1", "ann", daysPast(30)))
	got := askAway(in, schema.RoleAdmin, `{"inactive_days":14}`)
	if want := daysPast(2)[:10] + "T23:59:59.999999Z"; namesOf(got) != "ann" || got.DataUntil.String() != want {
		t.Errorf("%s is away, data until %v, want %s", namesOf(got), got.DataUntil, want)
	}
	for query, body := range map[string]string{
		"?covers_until=" + started.Format(time.DateOnly): loginLine("2", "ann", daysPast(3)), // today is not over
		"?covers_until=2099-01-01":                       loginLine("2", "ann", daysPast(3)),
		"?covers_until=soon":                             loginLine("2", "ann", daysPast(3)),
		"?dry_run=true&covers_until=2099-01-01":          loginLine("2", "ann", daysPast(3)),
		"?covers_until=2025-01-01":                       `{"kind":"department","id":"ph","name":"Physics"}`, // names nobody
	} {
		in.refusal(http.StatusUnprocessableEntity, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+query, schema.TypeNDJSON, body))
	}
}

func TestLogOfOnePersonWithoutDepartmentDoesNotAccuseThem(t *testing.T) {
	in := newInstance(t, Options{})
	log := "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address\n" +
		"\"13/04/25, 12:41\",\"Anna Berg\",-,\"Course: Q\",System,\"Course viewed\",\"The user with id '33' viewed the course with id '6'.\",web,\n"
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?from=moodle", schema.TypeCSV, log))
	got := askAway(in, schema.RoleAdmin, `{"inactive_days":14}`)
	if len(got.ProfileSummary) != 0 || got.DataUntil == nil {
		t.Errorf("%s is away; data until %v", namesOf(got), got.DataUntil)
	}
}

// Whoever posts records as they happen is there to post others.
func TestLiveRecorderKeepsTheHorizonAtItsLastPost(t *testing.T) {
	in := newInstance(t, Options{})
	takeRecords(in, "", `{"kind":"department","id":"cs","name":"Computing"}`, personLine("ann", `"cs"`), personLine("bob", `"cs"`),
		`{"kind":"session","id":"s","profile_id":"bob","created_at":"`+daysPast(30)+`"}`, loginLine("1", "ann", daysPast(40)))
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeJSON, loginLine("old", "ann", daysPast(35))))
	refreshed := func() { in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Refresh.Path, `{}`)) }
	refreshed()
	if got := askAway(in, schema.RoleAdmin, `{}`); got.DataUntil.String() != daysPast(30) {
		t.Errorf("an old record that is brought in by itself moves the horizon to %v", got.DataUntil)
	}
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeJSON, `{"kind":"group","id":"g","session_id":"s","created_at":"`+daysPast(0)+`"}`))
	refreshed()
	if got := askAway(in, schema.RoleAdmin, `{"inactive_days":14}`); got.DataUntil.String() != daysPast(0) || namesOf(got) != "ann bob" {
		t.Errorf("%s are away, data until %v", namesOf(got), got.DataUntil)
	}
}

func TestRecordsOfTheFutureAreToldAndCountForNothingElse(t *testing.T) {
	in := newInstance(t, Options{})
	takeRecords(in, "", `{"kind":"department","id":"cs","name":"Computing"}`, personLine("ann", `"cs"`), personLine("bob", `"cs"`),
		loginLine("1", "ann", daysPast(40)), loginLine("2", "ann", daysPast(-2)), loginLine("3", "bob", daysPast(20)))
	got := askAway(in, schema.RoleAdmin, `{"inactive_days":14}`)
	if namesOf(got) != "ann" || got.DataUntil.String() != daysPast(20) || got.ProfileSummary[0].LastActiveAt.String() != daysPast(40) {
		t.Errorf("%s away, data until %v", namesOf(got), got.DataUntil)
	}
	if got.InFutureCount != 1 || len(got.InFuture) != 1 || got.InFuture[0].ID != "2" {
		t.Errorf("of the future: %v", got.InFuture)
	}
	in.clock.turnOn(24 * time.Hour) // now it is a day ahead, as clocks may be
	if got := askAway(in, schema.RoleAdmin, `{}`); got.InFutureCount != 0 || got.DataUntil.String() != daysPast(-1) || got.ProfileSummary[0].LastActiveAt.String() != daysPast(-2) {
		t.Errorf("a day later: data until %v, %v", got.DataUntil, got.ProfileSummary)
	}
}

// A caller is told the horizons of their own departments and of no others.
func TestHorizonStaysInScope(t *testing.T) {
	in := withPeople(t, Options{})
	for _, role := range []string{schema.RoleCoordinator, schema.RoleViewer, schema.RoleTA} {
		got := askAway(in, role, `{}`)
		if len(got.Horizons) != 1 || *got.Horizons[0].DepartmentID != "cs" || got.DataUntil == nil {
			t.Errorf("%s is told %v", role, got.Horizons)
		}
	}
	in.refusal(http.StatusForbidden, in.post(schema.RoleCoordinator, schema.Horizons.Path, `{"department_ids":["ma"],"covers_until":"2025-01-01"}`))
	in.refusal(http.StatusForbidden, in.post(schema.RoleCoordinator, schema.Horizons.Path, `{"without_department":true}`))
	if a := in.want(http.StatusOK, in.post(schema.RoleCoordinator, schema.Horizons.Path, `{"covers_until":"2025-01-01"}`)); strings.Contains(a.body, `"ma"`) {
		t.Errorf("a coordinator is told of another department: %s", a.body)
	}
}

// The window goes along to a person or a session, and back.
func TestLinksKeepTheWindow(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	const window = "department=cs&amp;from=2025-01-01&amp;role=ta&amp;to=2025-12-31"
	for path, want := range map[string]string{
		"/":               `href="/people/ann?` + window,
		"/sessions":       `href="/people/ann?` + window,
		"/people/ann":     `href="/?` + window + `#people"`,
		"/sessions/s-ann": `href="/sessions?` + window,
	} {
		a := in.want(http.StatusOK, g.open(path+"?"+strings.ReplaceAll(window, "&amp;", "&")))
		if !strings.Contains(a.body, want) {
			t.Errorf("%s does not lead on to %s", path, want)
		}
	}
	if a := g.open("/problems"); !strings.Contains(a.body, `/people/ann?range=all"`) {
		t.Error("the list of all problems leads to a person of another window")
	}
}

func TestDataPageTakesWhatAPersonSaysOfTheHorizon(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleCoordinator)
	in.shows(g.open("/data"), http.StatusOK, "How far the records reach", "Computing")
	in.shows(g.send("/data/horizon", "department", "cs", "covers_until", "2099-01-01"), http.StatusUnprocessableEntity, "lies in the future")
	in.wantLead(g.send("/data/horizon", "department", "cs", "covers_until", "2025-06-14"), "/data#horizons")
	in.want(http.StatusForbidden, g.send("/data/horizon", "department", "ma", "covers_until", "2025-06-14"))
}

// A week that is going on stands beside the same days of the week before.
func TestWeekOnThePageIsComparedWithTheSameDaysOfTheWeekBefore(t *testing.T) {
	in := withPeople(t, Options{})
	in.clock.turnOn(-4*24*time.Hour - 80*time.Minute) // Wednesday 10:40
	in.shows(in.signedIn(schema.RoleAdmin).open("/?range=week"), http.StatusOK,
		"compared: 2025-06-09 to 2025-06-11 10:40 beside 2025-06-02 to 2025-06-04 10:40, up to the same time of day")
}
