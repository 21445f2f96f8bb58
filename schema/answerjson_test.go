package schema

import (
	"testing"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"pgregory.net/rapid"
)

// What is printed by hand is what the tags say.
func TestActivityResponseAppendJSON(t *testing.T) {
	type byTags ActivityResponse // without the method
	options := json.JoinOptions(json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true))
	rapid.Check(t, func(t *rapid.T) {
		r := drawActivityResponse(t)
		want, err := json.Marshal((*byTags)(&r), options)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.AppendJSON([]byte("before "), options)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != "before "+string(want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

func TestActivityResponseAppendJSONRefusesInvalidText(t *testing.T) {
	r := ActivityResponse{ProfileSummary: []ProfileSummary{{ProfileID: "p", Name: "\xff"}}}
	if text, err := r.AppendJSON(nil, json.JoinOptions()); err == nil {
		t.Errorf("printed %q", text)
	}
}

func drawActivityResponse(t *rapid.T) (r ActivityResponse) {
	number := rapid.Int64Min(0)
	instant := rapid.Ptr(rapid.Custom(func(t *rapid.T) Instant {
		return Instant(rapid.Int64Range(0, int64(maxInstant)).Draw(t, "instant"))
	}), true)
	text := rapid.OneOf(rapid.String(), rapid.Just("<script>\"\\\u2028\x00"))
	counts := func() Counts {
		return Counts{number.Draw(t, "sessions"), number.Draw(t, "completed"), number.Draw(t, "active"), number.Draw(t, "logins"), number.Draw(t, "emulations")}
	}
	r = ActivityResponse{
		Counts: counts(), ProfileSummary: []ProfileSummary{}, ProfileSummaryTotal: number.Draw(t, "total"), Problems: []Problem{},
		Resources: Resources{Profiles: map[string]ProfileResource{}}, RefreshedAt: instant.Draw(t, "refreshed"),
		OpenProblems: number.Draw(t, "open"), OpenProblemsOutside: number.Draw(t, "outside"), DataUntil: instant.Draw(t, "until"),
		DataUntilDescribed: text.Draw(t, "described"), Horizons: []Horizon{{DataUntil: instant.Draw(t, "horizon")}},
		InFutureCount: number.Draw(t, "future"), InFuture: []FutureRecord{{Kind: KindLogin, ID: text.Draw(t, "record")}},
	}
	for range rapid.IntRange(0, 3).Draw(t, "people") {
		id := text.Draw(t, "id")
		r.ProfileSummary = append(r.ProfileSummary, ProfileSummary{
			id, text.Draw(t, "name"), number.Draw(t, "n"), number.Draw(t, "n"), number.Draw(t, "n"), number.Draw(t, "n"), number.Draw(t, "n"),
			number.Draw(t, "n"), instant.Draw(t, "last"), instant.Draw(t, "until"),
		})
		r.Resources.Profiles[id] = ProfileResource{
			Name: text.Draw(t, "name"), Email: rapid.Ptr(text, true).Draw(t, "email"), Role: text.Draw(t, "role"),
			DepartmentIDs: rapid.SliceOfN(text, 0, 2).Draw(t, "departments"), Active: rapid.Bool().Draw(t, "active"),
		}
		r.Problems = append(r.Problems, Problem{ProblemID: id, Message: text.Draw(t, "message")})
	}
	if rapid.Bool().Draw(t, "compare") {
		r.Previous = &Previous{WindowCounts{counts(), "2025-03-03", "2025-03-09"}, text.Draw(t, "described")}
		r.Compared = &WindowCounts{counts(), "2025-03-10", "2025-03-16"}
	}
	if rapid.Bool().Draw(t, "series") {
		r.Series = []Interval{{StartsOn: 1, EndsOn: 2, Counts: counts()}}[:rapid.IntRange(0, 1).Draw(t, "steps")]
	}
	return r
}
