package web

import "testing"

// TestTemplatesParse reads every template, which the first page does otherwise.
func TestTemplatesParse(t *testing.T) {
	for _, name := range []string{"access", "activity", "again", "data", "fault", "person", "problems", "session", "sessions", "signin", "usage"} {
		if pages()[name] == nil {
			t.Errorf("there is no page %s", name)
		}
	}
}

func TestMoneyCanBeCompared(t *testing.T) {
	for exact, want := range map[string]string{
		"0": "0", "0.95816826": "0.9582", "0.000000001": "<0.0001", "0.00005": "0.0001", "0.99996": "1.0000", "1": "1.00",
		"1.005": "1.01", "740740.734074": "740,740.73", "nonsense": "nonsense",
	} {
		if got := money(exact); got != want {
			t.Errorf("%s is %s, want %s", exact, got, want)
		}
	}
}
