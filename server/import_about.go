package server

import (
	"strings"
	"time"

	"glow/schema"
	"glow/server/dashboard"
)

// aboutInput says in words what an input holds: courses, days, people.
func aboutInput(r schema.ImportResponse, zone *time.Location) string {
	var parts []string
	if r.Courses > 0 {
		parts = append(parts, dashboard.Count(r.Courses, "course", "courses"))
	}
	if r.FirstAt != nil {
		days := schema.DayAt(*r.FirstAt, zone).String()
		if last := schema.DayAt(*r.LastAt, zone).String(); last != days {
			days += " to " + last
		}
		parts = append(parts, days)
	}
	if r.People != nil && r.People.All > 0 {
		text := dashboard.Count(r.People.All, "person", "people")
		if r.People.Known > 0 {
			text += ", " + dashboard.Number(r.People.Known) + " of them known"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " · ")
}
