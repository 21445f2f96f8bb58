package server

import (
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"glow/schema"
)

// aboutInput says in words what an input holds: courses, days, people.
func aboutInput(r schema.ImportResponse, zone *time.Location) string {
	var parts []string
	if r.Courses > 0 {
		parts = append(parts, counted(r.Courses, "course", "courses"))
	}
	if r.FirstAt != nil {
		days := schema.DayAt(*r.FirstAt, zone).String()
		if last := schema.DayAt(*r.LastAt, zone).String(); last != days {
			days += " to " + last
		}
		parts = append(parts, days)
	}
	if r.People != nil && r.People.All > 0 {
		text := counted(r.People.All, "person", "people")
		if r.People.Known > 0 {
			text += message.NewPrinter(language.English).Sprintf(", %d of them known", r.People.Known)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " · ")
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return message.NewPrinter(language.English).Sprintf("%d %s", n, many)
}
