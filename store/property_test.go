package store

import (
	"cmp"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
)

// After any history of writes every answer is what a count over the records
// gives, and the summaries are, to the row, what a rebuild gives.
func TestAnswersEqualSlowCountAfterAnyHistory(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, folder)
		defer func() { h.close(t) }()
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			h.step(t)
			h.ask(t) // between a write and its refresh, too
			h.checkRecount(t)
		}
		h.checkSummaries(t)
		for range 40 {
			h.ask(t)
		}
	})
}

// randomHistory is a store, the model of what it holds, and what they went through.
type randomHistory struct {
	*world
	o      Options
	clock  *movedClock
	s      *Store
	m      *model
	inputs [][]item
}

func newHistory(t *rapid.T, folder string) *randomHistory {
	w := worldOf(t)
	now := w.now(t)
	h := &randomHistory{world: w, m: newModel(w.zone, now), clock: new(movedClock)}
	h.clock.set(now)
	dir, err := os.MkdirTemp(folder, "world")
	if err != nil {
		t.Fatal(err)
	}
	h.o = Options{Path: filepath.Join(dir, "glow.db"), Zone: w.zone, Now: h.clock.now}
	h.s = openAt(t, h.o)
	return h
}

func (h *randomHistory) close(t *rapid.T) {
	closeStore(t, h.s)
	os.RemoveAll(filepath.Dir(h.o.Path))
}

func (h *randomHistory) step(t *rapid.T) {
	switch rapid.IntRange(0, 17).Draw(t, "step") {
	case 9:
		h.merge(t)
	case 10:
		h.deleteOne(t)
	case 11:
		h.setProfiles(t)
	case 0:
		mustRefresh(t, h.s, rapid.Bool().Draw(t, "full"))
	case 1:
		h.reopen(t)
	case 2:
		h.reportProblem(t)
	case 3:
		h.resolve(t)
	case 4:
		for range rapid.IntRange(1, 4).Draw(t, "posts") {
			h.live(t)
		}
	case 5, 6: // what is kept from one answer to the next must not outlive a change
		mustRefresh(t, h.s, false)
		h.ask(t)
	case 7:
		h.setClock(t)
	case 8:
		h.setHorizon(t)
	default:
		h.put(t)
	}
}

// setClock sets the clock forward or back.
func (h *randomHistory) setClock(t *rapid.T) {
	h.m.now = h.now(t)
	h.clock.set(h.m.now)
}

// put takes a random input in, in a random way.
func (h *randomHistory) put(t *rapid.T) {
	items := h.batch(t, h.m, h.inputs)
	o := PutOptions{SkipInvalid: rapid.Bool().Draw(t, "skip invalid"), DryRun: rapid.IntRange(0, 5).Draw(t, "dry run") == 0}
	tables := h.tablesToKeep(t)
	before := dump(t, h.s, tables...)
	want, taken := h.m.put(items, o)
	got, err := h.s.Put(ctx, input(items), o)
	if taken != (err == nil) {
		t.Fatalf("taken: got the error %v, want taken = %v", err, taken)
	}
	if err != nil {
		refused(t, err, schema.CodeInvalid)
	}
	if got.Tally != want.Tally {
		t.Fatalf("counts: got %+v, want %+v", got.Tally, want.Tally)
	}
	if taken {
		same(t, "counts by kind", got.ByKind, want.ByKind)
		same(t, "what changes", got.Changed, want.Changed)
	}
	if int64(len(got.Errors)) != got.Rejected {
		t.Fatalf("%d faults are listed, %d counted: %v", len(got.Errors), got.Rejected, got.Errors)
	}
	if !taken || o.DryRun {
		if after := dump(t, h.s, tables...); after != before {
			t.Fatalf("a refused import or a dry run changed something:\n%s", difference(after, before))
		}
	}
	h.inputs = append(h.inputs, items)
}

// tablesToKeep lists the tables that a refused import leaves as they are: those of the
// records and, unless summaries are stale, which every import first mends, all others.
func (h *randomHistory) tablesToKeep(t *rapid.T) (names []string) {
	if rapid.Bool().Draw(t, "fresh") {
		mustRefresh(t, h.s, false)
		return allTables(t, h.s)
	}
	for _, kind := range schema.Kinds {
		names = append(names, kind.Name)
	}
	return names
}

// live posts one record, which may have no id.
func (h *randomHistory) live(t *rapid.T) {
	r := h.record(t, rapid.SampledFrom(drawnKinds).Draw(t, "kind"))
	if r.Values[0].Set && rapid.IntRange(0, 2).Draw(t, "partial") == 0 {
		r = h.partial(t, r)
	}
	known := map[string]bool{}
	for id := range h.m.rows[r.Kind.Name] {
		known[id] = true
	}
	_, err := h.s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true})
	if !r.Values[0].Set && err == nil {
		for _, id := range idsIn(t, h.s, r.Kind.Name) {
			if !known[id] {
				r.Values[0] = schema.Value{Set: true, Text: id}
			}
		}
	}
	answer, taken := h.m.put(itemsOf(r), PutOptions{Live: true})
	if taken != (err == nil) {
		t.Fatalf("live: got the error %v, want taken = %v", err, taken)
	}
	if answer.Inserted+answer.Updated > 0 {
		h.m.notePosted(h.m.rows[r.Kind.Name][idOf(&r)]) // as it is now: what was posted may be a part of it
	}
	if rapid.Bool().Draw(t, "refresh") {
		mustRefresh(t, h.s, false)
	}
}

func idsIn(t fataler, s *Store, kind string) (ids []string) {
	t.Helper()
	err := s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, `SELECT id FROM "`+kind+`" ORDER BY id`)
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func (h *randomHistory) reopen(t *rapid.T) {
	closeStore(t, h.s)
	if rapid.Bool().Draw(t, "elsewhere") {
		zone := mustZone(rapid.SampledFrom(worldZones).Draw(t, "new zone").name)
		h.o.Zone, h.m.zone = zone, zone
	}
	h.s = openAt(t, h.o)
}

func (h *randomHistory) reportProblem(t *rapid.T) {
	req := schema.ProblemRequest{Type: "bug", Message: "it broke"}
	if rapid.Bool().Draw(t, "in session") {
		req.SessionID = rapid.SampledFrom(worldIDs(schema.KindSession)).Draw(t, "session")
	}
	if rapid.Bool().Draw(t, "of person") {
		req.ProfileID = rapid.SampledFrom(worldIDs(schema.KindProfile)).Draw(t, "profile")
	}
	answer, err := h.s.ReportProblem(ctx, admin, req)
	req.ProfileID = cmp.Or(h.m.aliases[req.ProfileID], req.ProfileID)
	session := h.m.rows[schema.KindSession][req.SessionID]
	if (req.SessionID != "" && session == nil) || (req.ProfileID != "" && h.m.rows[schema.KindProfile][req.ProfileID] == nil) {
		refused(t, err, schema.CodeNotFound)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	r := schema.KindNamed(schema.KindProblem).NewRecord()
	r.Put("id", answer.ProblemID)
	r.Put("profile_id", req.ProfileID)
	if req.ProfileID == "" && session != nil {
		r.Put("profile_id", text(session, "profile_id"))
	}
	r.Put("session_id", req.SessionID)
	r.Put("type", req.Type)
	r.Put("message", req.Message)
	r.Put("resolved", "false")
	r.PutInt("created_at", h.m.now.UnixMicro())
	h.m.rows[schema.KindProblem][answer.ProblemID] = &r
}

func (h *randomHistory) resolve(t *rapid.T) {
	list := h.m.all(schema.KindProblem)
	if len(list) == 0 {
		return
	}
	id := idOf(rapid.SampledFrom(list).Draw(t, "problem"))
	resolved := maybe(t, "resolved")
	answer, err := h.s.Resolve(ctx, admin, schema.ResolveRequest{ProblemID: id, Resolved: resolved})
	if err != nil {
		t.Fatal(err)
	}
	want := resolved == nil || *resolved
	h.m.resolve(id, want)
	updated := instant(h.m.rows[schema.KindProblem][id], "updated_at")
	same(t, "resolve", answer, schema.ResolveResponse{ProblemID: id, Resolved: want, UpdatedAt: updated})
}

// resolve marks a problem as resolved or not. Its times do not go back, even if the
// clock did.
func (m *model) resolve(id string, resolved bool) {
	r := *m.rows[schema.KindProblem][id]
	if isTrue(&r, "resolved") == resolved {
		return
	}
	at := max(schema.InstantOf(m.now), created(&r))
	if updated := instant(&r, "updated_at"); updated != nil {
		at = max(at, *updated)
	}
	r.Values = slices.Clone(r.Values)
	r.PutInt("resolved", map[bool]int64{true: 1}[resolved])
	r.PutInt("updated_at", int64(at))
	m.rows[schema.KindProblem][id] = &r
}

// summaryTables are those that a rebuild makes; of the calendar it may drop
// days that have no records any more.
var summaryTables = []string{
	"session_summary", "usage_day", "record_count", "counted_session", "profile_day", "profile_month", "profile_year", "profile_total",
	"cohort_day", "cohort_month", "cohort_year", "cohort_total", "profile_department", "stale_day", "stale_session", "stale_cohort",
}

// checkRecount fails the test when the records, counted beside the summaries, say
// something else. Unlike checkRebuild it leaves the summaries as they came about.
func (h *randomHistory) checkRecount(t *rapid.T) {
	if answer := doctor(t, h.s); !answer.Healthy {
		t.Fatalf("%+v", answer.Checks)
	}
}

func (h *randomHistory) checkSummaries(t *rapid.T) {
	checkRebuild(t, h.s)
}

// checkRebuild fails the test when a rebuild gives other summaries than there are.
func checkRebuild(t fataler, s *Store) {
	t.Helper()
	kept, calendar := dump(t, s, summaryTables...), dump(t, s, "calendar")
	mustRefresh(t, s, true)
	if rebuilt := dump(t, s, summaryTables...); rebuilt != kept {
		t.Fatalf("the summaries are not what a rebuild gives:\n%s", difference(kept, rebuilt))
	}
	recountInSQL(t, s)
	if recounted := dump(t, s, summaryTables...); recounted != kept {
		t.Fatalf("the summaries are not what SQL counts:\n%s", difference(kept, recounted))
	}
	for line := range strings.Lines(dump(t, s, "calendar")) {
		if !strings.Contains(calendar, line) {
			t.Fatalf("the calendar had no %s", line)
		}
	}
}

// ask holds one random question against the model.
func (h *randomHistory) ask(t *rapid.T) {
	scope := h.scope(t)
	switch rapid.IntRange(0, 10).Draw(t, "question") {
	case 0, 1:
		h.askActivity(t, scope)
	case 2, 6, 7:
		h.askSessions(t, scope)
	case 3:
		h.askSession(t, scope)
	case 4:
		h.askProblems(t, scope)
	case 5:
		h.askExport(t, scope)
	case 8:
		h.askUsage(t, scope)
	case 9:
		h.askPerson(t, scope)
	case 10:
		h.askDuplicates(t)
	}
}

func (h *randomHistory) askUsage(t *rapid.T, scope schema.Scope) {
	f := h.filter(t, h.m, scope)
	got, err := h.s.Usage(ctx, scope, f)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "usage for "+asJSON(t, f), got, h.m.usage(scope, f))
}

func (h *randomHistory) askPerson(t *rapid.T, scope schema.Scope) {
	id := rapid.SampledFrom(worldIDs(schema.KindProfile)).Draw(t, "person")
	got, err := h.s.Person(ctx, scope, id)
	if h.m.people(scope, schema.Filter{})[id] == nil {
		refused(t, err, schema.CodeNotFound)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	same(t, "person", got, schema.Person{ProfileID: id, ProfileResource: h.m.resource(scope, id), LastActiveAt: h.m.lastActive(id), DataUntil: h.m.dataUntil(scope, id)})
}

// sortKeys are the values of sort_by, and none.
var sortKeys = func() []string {
	f, _ := reflect.TypeFor[schema.ActivityRequest]().FieldByName("SortBy")
	return append([]string{""}, strings.Split(f.Tag.Get("oneof"), ",")...)
}()

func (h *randomHistory) askActivity(t *rapid.T, scope schema.Scope) {
	req := schema.ActivityRequest{
		Filter:       h.filter(t, h.m, scope),
		InactiveDays: maybeNumber(t, "inactive days", 40),
		Interval:     rapid.SampledFrom([]string{"", schema.IntervalDay, schema.IntervalWeek, schema.IntervalMonth}).Draw(t, "interval"),
		Compare:      rapid.Bool().Draw(t, "compare"),
		SortBy:       rapid.SampledFrom(sortKeys).Draw(t, "sort by"),
		SortOrder:    order(t),
		PageLimit:    maybeNumber(t, "limit", 5),
		PageOffset:   maybeNumber(t, "offset", 3),
	}
	if visible := h.m.people(scope, schema.Filter{}); len(visible) > 0 && rapid.IntRange(0, 5).Draw(t, "one person") == 0 {
		req.SummaryProfileID = rapid.SampledFrom(worldIDs(schema.KindProfile)).Draw(t, "summary profile")
		if visible[req.SummaryProfileID] == nil {
			_, err := h.s.Activity(ctx, scope, req)
			refused(t, err, schema.CodeNotFound)
			return
		}
	}
	got, err := h.s.Activity(ctx, scope, req)
	if err != nil {
		t.Fatal(err)
	}
	got.RefreshedAt = nil
	if got.Previous != nil {
		if got.Previous.Described == "" {
			t.Fatal("a comparison that says nothing of what was compared")
		}
		got.Previous.Described = ""
	}
	same(t, "activity for "+asJSON(t, req), got, h.m.activity(scope, req))
}

func (h *randomHistory) askSessions(t *rapid.T, scope schema.Scope) {
	req := schema.SessionsRequest{Filter: h.filter(t, h.m, scope), Paging: h.paging(t), SortOrder: order(t)}
	if rapid.Bool().Draw(t, "flags") {
		req.Active, req.HasOpenProblems = maybe(t, "active"), maybe(t, "problems")
	}
	if rapid.IntRange(0, 3).Draw(t, "by name") == 0 {
		req.Search = rapid.SampledFrom([]string{"dang", "ĐẶNG", "n l", " ", "%", "-", "ann dang", "LEE, ann", "o'brien", "STRAUSS‑ann"}).Draw(t, "search")
	}
	if rapid.IntRange(0, 5).Draw(t, "one person") == 0 {
		req.ProfileID = rapid.SampledFrom(worldIDs(schema.KindProfile)).Draw(t, "person")
		if h.m.people(scope, schema.Filter{})[req.ProfileID] == nil {
			_, err := h.s.Sessions(ctx, scope, req)
			refused(t, err, schema.CodeNotFound)
			return
		}
	}
	got, err := h.s.Sessions(ctx, scope, req)
	if err != nil {
		t.Fatal(err)
	}
	next := got.NextCursor
	got.NextCursor = nil
	same(t, "sessions for "+asJSON(t, req), got, h.m.sessions(scope, req))
	if nextPage(t, next, got.Page, &req.Paging) {
		req.Cursor = *next
		if got, err = h.s.Sessions(ctx, scope, req); err != nil {
			t.Fatal(err)
		}
		same(t, "sessions that go on for "+asJSON(t, req), got.Data, h.m.sessions(scope, req).Data)
	}
}

func (h *randomHistory) askSession(t *rapid.T, scope schema.Scope) {
	id := rapid.SampledFrom(worldIDs(schema.KindSession)).Draw(t, "session")
	limit := rapid.IntRange(1, 8).Draw(t, "limit")
	got, err := h.s.Session(ctx, scope, schema.SessionRequest{SessionID: id, TimelineLimit: &limit})
	for err == nil && got.TimelineNextCursor != nil {
		var more schema.SessionResponse
		more, err = h.s.Session(ctx, scope, schema.SessionRequest{SessionID: id, TimelineLimit: &limit, TimelineCursor: *got.TimelineNextCursor})
		if len(more.Timeline) == 0 || len(more.Timeline) > limit {
			t.Fatalf("a part of a timeline has %d events of at most %d", len(more.Timeline), limit)
		}
		got.Append(more)
	}
	want := h.m.session(scope, id)
	if want == nil {
		refused(t, err, schema.CodeNotFound)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(got.Timeline, func(a, b schema.TimelineEvent) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) }) {
		t.Fatalf("the timeline is not in the order of time: %s", asJSON(t, got.Timeline))
	}
	same(t, "session", got, *want)
}

func (h *randomHistory) askProblems(t *rapid.T, scope schema.Scope) {
	req := schema.ProblemsRequest{Filter: h.filter(t, h.m, scope), Resolved: maybe(t, "resolved"), Paging: h.paging(t), SortOrder: order(t)}
	got, err := h.s.Problems(ctx, scope, req)
	if err != nil {
		t.Fatal(err)
	}
	next := got.NextCursor
	got.NextCursor = nil
	same(t, "problems for "+asJSON(t, req), got, h.m.problems(scope, req))
	if nextPage(t, next, got.Page, &req.Paging) {
		req.Cursor = *next
		if got, err = h.s.Problems(ctx, scope, req); err != nil {
			t.Fatal(err)
		}
		same(t, "problems that go on for "+asJSON(t, req), got.Data, h.m.problems(scope, req).Data)
	}
}

// nextPage reports whether there is a page after one, as the cursor of an answer must
// say, and turns to it.
func nextPage(t *rapid.T, next *string, of schema.Page, paging *schema.Paging) bool {
	more := int64(of.Page) < of.TotalPages
	if more != (next != nil) {
		t.Fatalf("page %d of %d, with the cursor %v", of.Page, of.TotalPages, next)
	}
	paging.Page = ptr(of.Page + 1)
	return more
}

func (h *randomHistory) askExport(t *rapid.T, scope schema.Scope) {
	req := schema.ExportRequest{Filter: h.filter(t, h.m, scope)}
	if rapid.IntRange(0, 3).Draw(t, "all") == 0 {
		req.Filter = schema.Filter{}
	}
	if rapid.IntRange(0, 3).Draw(t, "one kind") == 0 {
		req.Kind = rapid.SampledFrom(append(schema.KindNames(), schema.ViewSessionHistory, schema.ViewProfileSummary)).Draw(t, "kind")
	}
	got, want := exportText(readExport(t, h.s, scope, req)), exportText(h.m.export(scope, req))
	if got != want {
		t.Fatalf("export for %s:\n%s", asJSON(t, req), difference(got, want))
	}
}
