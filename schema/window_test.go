package schema

import (
	"testing"
	"time"
)

func TestWindowHoldsBothItsEnds(t *testing.T) {
	for _, c := range []struct{ zone, from, to, begins, ends string }{
		{"UTC", "2025-06-30", "2025-06-30", "2025-06-30T00:00:00Z", "2025-07-01T00:00:00Z"},
		{"Asia/Ho_Chi_Minh", "2025-06-01", "2025-06-30", "2025-05-31T17:00:00Z", "2025-06-30T17:00:00Z"},
		{"America/New_York", "2025-03-09", "2025-03-09", "2025-03-09T05:00:00Z", "2025-03-10T04:00:00Z"}, // 23 hours
		{"America/New_York", "2025-11-02", "2025-11-02", "2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z"}, // 25 hours
		{"America/Sao_Paulo", "2017-10-15", "2017-10-15", "2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"}, // never was
		{"Pacific/Apia", "2011-12-29", "2011-12-31", "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"UTC", "2025-06-30T10:00:00Z", "2025-06-30T10:00:00Z", "2025-06-30T10:00:00Z", "2025-06-30T10:00:00.000001Z"},
		{"Asia/Ho_Chi_Minh", "2025-06-30T10:00:00", "2025-06-30", "2025-06-30T03:00:00Z", "2025-06-30T17:00:00Z"},
		{"UTC", "2025-06-30", "2025-06-30T12:00:00.5+02:00", "2025-06-30T00:00:00Z", "2025-06-30T10:00:00.500001Z"},
	} {
		w, err := ParseWindow(c.from, c.to, zone(t, c.zone))
		if err != nil || w.From.String() != c.begins || w.Until.String() != c.ends {
			t.Errorf("%s to %s in %s: got %s to %s, %v, want %s to %s", c.from, c.to, c.zone, w.From, w.Until, err, c.begins, c.ends)
		}
	}
}

func TestMissingEndOfWindowIsOpen(t *testing.T) {
	open, err := ParseWindow("", "", time.UTC)
	if err != nil || open != AllTime() || !open.Open() {
		t.Errorf("got %v, %v", open, err)
	}
	from, err := ParseWindow("2025-06-30", "", time.UTC)
	if err != nil || !from.HasFrom() || from.HasUntil() || from.Open() {
		t.Errorf("got %v, %v", from, err)
	}
	to, err := ParseWindow("", "2025-06-30", time.UTC)
	if err != nil || to.HasFrom() || !to.HasUntil() || to.Open() {
		t.Errorf("got %v, %v", to, err)
	}
	last, err := ParseWindow("", "9999-12-31", zone(t, "America/New_York"))
	if err != nil || last.Until <= maxInstant {
		t.Errorf("the last day leaves out the end of the year 9999: %v, %v", last, err)
	}
}

func TestWindowThatIsNoneNamesTheEndAtFault(t *testing.T) {
	for _, c := range []struct{ from, to, field string }{
		{"2025-13-01", "", "date_from"},
		{"yesterday", "", "date_from"},
		{"", "2025-02-29", "date_to"},
		{"", "2025-06-30T25:00:00Z", "date_to"},
		{"2025-07-01", "2025-06-30", "date_to"},
		{"2025-06-30T10:00:00Z", "2025-06-30T09:59:59Z", "date_to"},
		{"2025-06-30T10:00:00.000001Z", "2025-06-30T10:00:00Z", "date_to"},
		{"2025-07-01T00:00:00Z", "2025-06-30", "date_to"},
	} {
		_, err := ParseWindow(c.from, c.to, time.UTC)
		e, ok := err.(*Error)
		if !ok || e.Code != CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Field != c.field {
			t.Errorf("%q to %q: got %v, want a fault of %s", c.from, c.to, err, c.field)
		}
	}
}

func TestWindowsThatDoNotMeetHaveNothingInCommon(t *testing.T) {
	w := Window{From: 10, Until: 20}
	for v, want := range map[Window]Window{
		{From: 0, Until: 15}:  {From: 10, Until: 15},
		{From: 12, Until: 13}: {From: 12, Until: 13},
		AllTime():             w,
	} {
		if got := w.Intersect(v); got != want {
			t.Errorf("%v: got %v, want %v", v, got, want)
		}
	}
	for _, v := range []Window{{From: 20, Until: 30}, {From: 0, Until: 10}, {From: 25, Until: 30}} {
		if got := w.Intersect(v); got.From < got.Until {
			t.Errorf("%v: got %v", v, got)
		}
	}
}
