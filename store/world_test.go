package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// A world is what random records are made of: few ids, so that they meet; and
// times around the edges of days, months and years in a zone, so that they lie
// on both sides.
type world struct {
	zone  *time.Location
	dates []time.Time // midnight in UTC
	times []schema.Instant
}

// zones with an edge that is sharp: days that begin at one o'clock, a day that
// never was, half an hour of summer time, no even offset.
var worldZones = []struct {
	name  string
	dates []string // with the changes of its clocks
}{
	{"UTC", []string{"2024-02-28", "2024-12-31"}},
	{"Asia/Ho_Chi_Minh", []string{"2025-02-28", "2025-12-31"}},
	{"America/New_York", []string{"2025-03-09", "2025-11-02", "2024-12-31"}},
	{"America/Sao_Paulo", []string{"2017-10-15", "2018-02-18", "2018-11-04"}},
	{"Pacific/Apia", []string{"2011-12-30", "2011-12-31", "2011-09-24"}},
	{"Asia/Kathmandu", []string{"1985-12-31", "1986-02-28"}},
	{"Australia/Lord_Howe", []string{"2025-04-06", "2025-10-05"}},
	{"America/St_Johns", []string{"2006-10-29", "2007-03-11"}},
	{"Africa/Cairo", []string{"2023-04-28", "2023-10-27"}},
}

func worldOf(t *rapid.T) *world {
	z := rapid.SampledFrom(worldZones).Draw(t, "zone")
	w := &world{zone: mustZone(z.name)}
	date, err := time.Parse(time.DateOnly, rapid.SampledFrom(z.dates).Draw(t, "around"))
	if err != nil {
		panic(err)
	}
	for _, d := range []int{-1, 0, 1, 2, 7, rapid.SampledFrom([]int{31, 62, 365}).Draw(t, "far")} {
		w.dates = append(w.dates, date.AddDate(0, 0, d))
	}
	for _, date := range w.dates {
		start := schema.InstantOf(startOf(date, w.zone))
		for _, off := range []time.Duration{-time.Hour, -time.Second, -time.Microsecond, 0, time.Microsecond, 30 * time.Minute, 12*time.Hour + 123456*time.Microsecond} {
			w.times = append(w.times, start+schema.Instant(off.Microseconds()))
		}
	}
	return w
}

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// now is a clock near the records, so that some sessions are active.
func (w *world) now(t *rapid.T) time.Time {
	return w.time(t).Time().Add(rapid.SampledFrom([]time.Duration{0, time.Minute, 30 * time.Minute, 31 * time.Minute, 30 * time.Hour}).Draw(t, "after"))
}

func (w *world) time(t *rapid.T) schema.Instant { return rapid.SampledFrom(w.times).Draw(t, "time") }

// ids of a kind: each of a shape that something might trip over.
func worldIDs(kind string) []string {
	ids := []string{"a", "A", `b|c`, `b\`, `"q", '[1]'`, "ü Đ 日本", "=1+1", "a-2", "4711"}
	switch kind {
	case schema.KindDepartment:
		return ids[:4]
	case schema.KindTerm:
		return ids[:2]
	case schema.KindProfile:
		return ids[:6]
	case schema.KindSession:
		return ids
	case schema.KindProblem, schema.KindLogin, schema.KindActivity:
		return ids
	}
	return ids[:5]
}

var worldTexts = []string{"x", "Đặng Thị Hồng", "dang", `a "quoted", text`, "zoë\nsecond line", "=SUM(A1)", "Ann Lee", "ANN", "O’Brien-Strauß, Ann"}

// record draws a record of a kind.
func (w *world) record(t *rapid.T, kind *schema.Kind) schema.Record {
	r := kind.NewRecord()
	for i := range kind.Fields {
		f := &kind.Fields[i]
		if !f.Required && rapid.IntRange(0, 2).Draw(t, "left out") == 0 {
			continue
		}
		r.Values[i] = w.value(t, kind, f)
	}
	for _, rule := range kind.Rules() {
		if low, high := &r.Values[rule.Low], &r.Values[rule.High]; low.Set && high.Set && high.Int < low.Int {
			*high = *low
		}
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	return r
}

// partial is a record as an input brings it that does not have all fields.
func (w *world) partial(t *rapid.T, whole schema.Record) schema.Record {
	r := whole
	r.Values = slices.Clone(whole.Values)
	for i := range r.Kind.Fields {
		f := &r.Kind.Fields[i]
		if i == 0 || f.Required && !r.Values[0].Set || rapid.Bool().Draw(t, "there") {
			continue
		}
		r.Absent |= 1 << i
		r.Values[i] = schema.Value{}
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) value(t *rapid.T, kind *schema.Kind, f *schema.Field) schema.Value {
	pick := func(list ...string) schema.Value {
		return schema.Value{Set: true, Text: rapid.SampledFrom(list).Draw(t, f.Name)}
	}
	switch f.Type {
	case schema.ID:
		if f.Ref != "" {
			return pick(worldIDs(f.Ref)...)
		}
		return pick(worldIDs(kind.Name)...)
	case schema.IDs:
		list := rapid.SliceOfNDistinct(rapid.SampledFrom(worldIDs(f.Ref)), 0, 2, rapid.ID).Draw(t, f.Name)
		v, err := f.List(list)
		if err != nil {
			t.Fatal(err)
		}
		return v
	case schema.Time:
		return schema.Value{Set: true, Int: int64(w.time(t))}
	case schema.Date:
		return schema.Value{Set: true, Int: rapid.SampledFrom(w.dates).Draw(t, f.Name).Unix() / 86400}
	case schema.Bool:
		return schema.Value{Set: true, Int: int64(rapid.IntRange(0, 1).Draw(t, f.Name))}
	case schema.Int:
		return schema.Value{Set: true, Int: rapid.SampledFrom([]int64{0, 1, 1200, schema.MaxInt}).Draw(t, f.Name)}
	case schema.Cost:
		return schema.Value{Set: true, Int: rapid.SampledFrom([]int64{0, 1, 12_345_000, 999_999_999, 1_000_000_000, 1<<63 - 1}).Draw(t, f.Name)}
	}
	switch f.Name {
	case "role":
		return pick("ta", "TA", "Résumé", "RÉSUMÉ", "resume", "Straße", "STRASSE")
	case "type":
		return pick("bug", "idea")
	}
	return pick(worldTexts...)
}

// drawnKinds are all kinds but mappings, which are of nobody and counted nowhere.
var drawnKinds = slices.DeleteFunc(slices.Clone(schema.Kinds), func(k *schema.Kind) bool { return k.Rare })

// batch draws an input. Most inputs bring everything that they refer to, in any
// order; some do not, and some hold faults.
func (w *world) batch(t *rapid.T, m *model, before [][]item) []item {
	if len(before) > 0 && rapid.IntRange(0, 6).Draw(t, "again") == 0 {
		return rapid.SampledFrom(before).Draw(t, "which")
	}
	var items []item
	contradicts := rapid.IntRange(0, 9).Draw(t, "contradicts") == 0
	known := map[string]schema.Record{}
	for range rapid.IntRange(1, 30).Draw(t, "records") {
		r := w.record(t, rapid.SampledFrom(drawnKinds).Draw(t, "kind"))
		if first, ok := known[r.Kind.Name+" "+idOf(&r)]; ok && r.Values[0].Set && !contradicts {
			r = first
		}
		known[r.Kind.Name+" "+idOf(&r)] = r
		if rapid.IntRange(0, 4).Draw(t, "partial") == 0 {
			r = w.partial(t, r)
		}
		items = append(items, item{record: r})
		for range max(0, rapid.IntRange(-9, 2).Draw(t, "repeats")) {
			items = append(items, item{record: r})
		}
	}
	if rapid.IntRange(0, 5).Draw(t, "complete") > 0 {
		items = w.complete(t, m, items)
	}
	if rapid.IntRange(0, 5).Draw(t, "faulty") == 0 {
		items = append(items, item{fault: &schema.Fault{File: "f.csv", Line: 7, Field: "name", Message: "is missing"}})
	}
	items = rapid.Permutation(items).Draw(t, "order")
	for i := range items {
		items[i].record.File, items[i].record.Line = fmt.Sprintf("file%d.csv", i%3), i+1
	}
	return items
}

// complete adds what records refer to and is not there.
func (w *world) complete(t *rapid.T, m *model, items []item) []item {
	there := map[string]bool{}
	for _, it := range items {
		there[it.record.Kind.Name+" "+idOf(&it.record)] = true
	}
	for i := 0; i < len(items); i++ {
		r := &items[i].record
		for j, f := range r.Kind.Fields {
			if f.Ref == "" {
				continue
			}
			for _, id := range append(slices.Clone(r.Values[j].List), r.Values[j].Text) {
				if key := f.Ref + " " + id; id != "" && !there[key] && m.rows[f.Ref][id] == nil {
					more := w.record(t, schema.KindNamed(f.Ref))
					more.Values[0] = schema.Value{Set: true, Text: id}
					there[key] = true
					items = append(items, item{record: more})
				}
			}
		}
	}
	return items
}

// scope draws who asks.
func (w *world) scope(t *rapid.T) schema.Scope {
	switch rapid.IntRange(0, 5).Draw(t, "scope") {
	case 0:
		return schema.Scope{ProfileID: rapid.SampledFrom(worldIDs(schema.KindProfile)).Draw(t, "self")}
	case 1:
		return schema.Scope{}
	case 2, 3:
		return schema.Scope{DepartmentIDs: rapid.SliceOfNDistinct(rapid.SampledFrom(worldIDs(schema.KindDepartment)), 1, 3, rapid.ID).Draw(t, "departments")}
	}
	return everyone
}

// filter draws a filter that the store does not refuse.
func (w *world) filter(t *rapid.T, m *model, scope schema.Scope) (f schema.Filter) {
	f.DateFrom, f.DateTo = w.end(t), w.end(t)
	if m.span(f).empty() && f.DateFrom != f.DateTo { // a day that never was is a window
		f.DateFrom, f.DateTo = f.DateTo, f.DateFrom
		if m.span(f).empty() {
			f.DateTo = ""
		}
	}
	if terms := m.all(schema.KindTerm); len(terms) > 0 && rapid.IntRange(0, 4).Draw(t, "by term") == 0 {
		f.Term = idOf(rapid.SampledFrom(terms).Draw(t, "term"))
	}
	if options := m.visibleDepartments(scope); len(options) > 0 && rapid.IntRange(0, 2).Draw(t, "by department") == 0 {
		for _, o := range rapid.SliceOfN(rapid.SampledFrom(options), 1, 2).Draw(t, "departments") {
			f.DepartmentIDs = append(f.DepartmentIDs, o.Value)
		}
	}
	if roles := m.roles(scope); len(roles) > 0 && rapid.IntRange(0, 2).Draw(t, "by role") == 0 {
		f.Roles = rapid.SliceOfN(rapid.SampledFrom(roles), 1, 2).Draw(t, "roles")
	}
	return f
}

// roles lists the roles of the people in scope, in several writings.
func (m *model) roles(scope schema.Scope) (list []string) {
	for _, p := range m.people(scope, schema.Filter{}) {
		list = append(list, text(p, "role"), strings.ToUpper(text(p, "role")), strings.ToLower(text(p, "role")))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// end draws one end of a window.
func (w *world) end(t *rapid.T) string {
	switch rapid.IntRange(0, 6).Draw(t, "end") {
	case 0, 5, 6:
		return ""
	case 1, 2:
		return rapid.SampledFrom(w.dates).Draw(t, "date").Format(time.DateOnly)
	case 3:
		return w.time(t).Time().In(w.zone).Format("2006-01-02T15:04:05.999999Z07:00")
	}
	return w.time(t).String()
}

func (w *world) paging(t *rapid.T) (p schema.Paging) {
	if rapid.Bool().Draw(t, "paged") {
		page, size := rapid.IntRange(1, 3).Draw(t, "page"), rapid.IntRange(1, 4).Draw(t, "page size")
		p.Page, p.PageSize = &page, &size
	}
	return p
}

func order(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", schema.Ascending, schema.Descending}).Draw(t, "order")
}

// maybe draws nil, false or true.
func maybe(t *rapid.T, label string) *bool {
	switch rapid.IntRange(0, 3).Draw(t, label) {
	case 0:
		return ptr(true)
	case 1:
		return ptr(false)
	}
	return nil
}

func ptr[T any](v T) *T { return &v }

func maybeNumber(t *rapid.T, label string, most int) *int {
	if rapid.IntRange(0, 2).Draw(t, label) > 0 {
		return nil
	}
	return ptr(rapid.IntRange(0, most).Draw(t, label+" "+strconv.Itoa(most)))
}
