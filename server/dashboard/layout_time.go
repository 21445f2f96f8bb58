package dashboard

import (
	"fmt"
	"html/template"
	"time"

	"glow/schema"
)

// When prints an instant as the clock of the instance showed it.
func (f *layout) When(at any) template.HTML {
	i, ok := instantOf(at)
	if !ok {
		return `<span class="none">–</span>`
	}
	return template.HTML(`<time datetime="` + i.String() + `">` + i.Time().In(f.Zone).Format("2006-01-02 15:04") + `</time>`) //nolint:gosec // digits
}

// Then prints an instant as the time of day, with the day when it is not that of
// a start.
func (f *layout) Then(start schema.Instant, at any) template.HTML {
	i, ok := instantOf(at)
	if !ok || schema.DayAt(i, f.Zone) != schema.DayAt(start, f.Zone) {
		return f.When(at)
	}
	clock := i.Time().In(f.Zone)
	return template.HTML(`<time datetime="` + i.String() + `" title="` + clock.Format("2006-01-02 15:04") + `">` + clock.Format("15:04") + `</time>`) //nolint:gosec // digits
}

// Second prints an instant to the second.
func (f *layout) Second(at schema.Instant) template.HTML {
	return template.HTML(`<time datetime="` + at.String() + `">` + at.Time().In(f.Zone).Format("2006-01-02 15:04:05") + `</time>`) //nolint:gosec // digits
}

// Clock prints the time of day of an instant, to the second.
func (f *layout) Clock(at schema.Instant) template.HTML {
	return template.HTML(`<time datetime="` + at.String() + `">` + at.Time().In(f.Zone).Format("15:04:05") + `</time>`) //nolint:gosec // digits
}

// Ago prints how long ago an instant was, with the instant itself at hand.
func (f *layout) Ago(at any) template.HTML {
	i, ok := instantOf(at)
	if !ok {
		return `never`
	}
	return template.HTML(`<time datetime="` + i.String() + `" title="` + i.Time().In(f.Zone).Format("2006-01-02 15:04 MST") + `">` + //nolint:gosec // digits and a zone's letters
		Ago(i, f.Now, f.Zone) + `</time>`)
}

// Ago says how long before now something was, in days of the zone once it is
// not today.
func Ago(at, now schema.Instant, zone *time.Location) string {
	if at > now {
		return "in the future"
	}
	days := int64(schema.DayAt(now, zone) - schema.DayAt(at, zone))
	minutes := int64(now-at) / 60e6
	switch {
	case minutes < 1:
		return "just now"
	case minutes < 60:
		return Count(minutes, "minute", "minutes") + " ago"
	case days == 0 || minutes < 12*60:
		return Count(minutes/60, "hour", "hours") + " ago"
	case days == 1:
		return "yesterday"
	case days < 60:
		return Number(days) + " days ago"
	case days < 730:
		return Number(days/30) + " months ago"
	}
	return Number(days/365) + " years ago"
}

// Took prints how long something lasted, until now when it has not ended.
func (f *layout) Took(from schema.Instant, until *schema.Instant) string {
	if until == nil {
		return Duration(from, max(from, f.Now)) + " so far"
	}
	return Duration(from, *until)
}

// Duration says how long something took.
func Duration(from, until schema.Instant) string {
	seconds := int64(until-from) / 1e6
	switch {
	case seconds < 60:
		return Number(seconds) + " s"
	case seconds < 3600:
		return Number(seconds/60) + " min"
	case seconds < 24*3600:
		return fmt.Sprintf("%d h %d min", seconds/3600, seconds/60%60)
	}
	return fmt.Sprintf("%s d %d h", Number(seconds/86400), seconds/3600%24)
}

func instantOf(at any) (schema.Instant, bool) {
	switch at := at.(type) {
	case schema.Instant:
		return at, true
	case *schema.Instant:
		if at != nil {
			return *at, true
		}
	}
	return 0, false
}
