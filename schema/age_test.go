package schema

import (
	"testing"
	"time"
)

func TestAgeIsCountedByTheCalendar(t *testing.T) {
	hanoi, _ := time.LoadLocation("Asia/Ho_Chi_Minh")
	cairo, _ := time.LoadLocation("Africa/Cairo") // on 2023-04-28 the day began at one o'clock
	for _, test := range []struct {
		age, now string
		zone     *time.Location
		want     string
	}{
		{"1d", "2025-03-14T09:00:00Z", time.UTC, "2025-03-13T00:00:00Z"},
		{"2w", "2025-03-14T09:00:00Z", time.UTC, "2025-02-28T00:00:00Z"},
		{"1m", "2025-03-31T23:59:59Z", time.UTC, "2025-02-28T00:00:00Z"},
		{"1m", "2024-03-31T00:00:00Z", time.UTC, "2024-02-29T00:00:00Z"},
		{"18m", "2025-03-14T09:00:00Z", time.UTC, "2023-09-14T00:00:00Z"},
		{"3y", "2025-03-14T09:00:00Z", time.UTC, "2022-03-14T00:00:00Z"},
		{"1y", "2024-02-29T09:00:00Z", time.UTC, "2023-02-28T00:00:00Z"},
		{"1d", "2025-03-14T17:00:00Z", hanoi, "2025-03-13T17:00:00Z"}, // there it is the 15th
		{"1d", "2025-03-14T16:59:59Z", hanoi, "2025-03-12T17:00:00Z"},
		{"1d", "2023-04-29T09:00:00Z", cairo, "2023-04-27T22:00:00Z"},
		{"99y", "2025-03-14T09:00:00Z", time.UTC, "1926-03-14T00:00:00Z"},
	} {
		var age Age
		if err := age.UnmarshalText([]byte(test.age)); err != nil {
			t.Errorf("%s: %v", test.age, err)
		}
		now, err := ParseInstant(test.now, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := age.Before(now, test.zone).String(); got != test.want {
			t.Errorf("%s before %s: got %s, want %s", test.age, test.now, got, test.want)
		}
	}
}

func TestAgeIsANumberWithAUnit(t *testing.T) {
	for _, text := range []string{"", "d", "0d", "-1d", "+1d", "1", "1h", "1D", "1.5y", "3 y", "10000y", "3y6m", "99999999999999999999y", "٣y"} {
		var age Age
		if err := age.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken as %+v", text, age)
		}
	}
}
