package schema

import (
	"testing"
	"time"
)

func TestFieldsThatContradictEachOtherAreAFault(t *testing.T) {
	for _, c := range []struct{ kind, field, good, bad string }{
		{KindTerm, "ends_on", "2025-03-14", "2025-03-13"},
		{KindSession, "ended_at", "2025-03-14T15:09:26Z", "2025-03-14T15:09:25.999999Z"},
		{KindSession, "updated_at", "2025-03-14T15:09:26Z", "2025-03-14T16:09:25+01:00"},
		{KindAttempt, "completed_at", "2025-03-14T15:09:26Z", "2025-03-13T15:09:26Z"},
		{KindProblem, "updated_at", "2025-03-14T15:09:27Z", "1970-01-01T00:00:00Z"},
		{KindRun, "cached_input_tokens", "7", "8"},
	} {
		r := sample(KindNamed(c.kind))
		r.Put(c.field, c.good)
		if err := r.Finish(); err != nil {
			t.Errorf("%s: %v", c.kind, err)
		}
		r.Put(c.field, c.bad)
		if fault, ok := r.Finish().(Fault); !ok || fault.Field != c.field {
			t.Errorf("%s with %s %s: got %v", c.kind, c.field, c.bad, r.Finish())
		}
	}
	r := sample(KindNamed(KindRun))
	r.Put("cached_input_tokens", "8")
	r.Put("input_tokens", "")
	if err := r.Finish(); err != nil {
		t.Errorf("cached tokens alone: %v", err)
	}
	expires := sample(KindNamed(KindGrant))
	expires.Put("expires_at", "2020-01-01T00:00:00Z") // an instance may well say so
	if err := expires.Finish(); err != nil {
		t.Error(err)
	}
}

// A required field that the input does not have is no fault of a record that may be
// known; one that is empty is, and so is any of a record without an id.
func TestFieldsThatTheInputDoesNotHaveMayBeOfAKnownRecord(t *testing.T) {
	for _, k := range Kinds {
		for i := 1; i < len(k.Fields); i++ {
			r := sample(k)
			r.Values[i] = Value{}
			r.Absent = 1 << i
			if err := r.Finish(); err != nil {
				t.Errorf("%s without %s: %v", k.Name, k.Fields[i].Name, err)
			}
			if def, _ := k.Fields[i].Parse(k.Fields[i].Default, time.UTC); r.Values[i].Set != def.Set {
				t.Errorf("%s.%s: got %v, want the default", k.Name, k.Fields[i].Name, r.Values[i])
			}
			r = sample(k)
			r.Values[0], r.Values[i] = Value{}, Value{}
			r.Absent = 1<<i | 1
			if err := r.Finish(); (err != nil) != (k.Fields[i].Required || k.IDRequired()) {
				t.Errorf("%s without id and %s: got %v", k.Name, k.Fields[i].Name, err)
			}
		}
	}
}
