package moodle

import (
	"strings"

	"glow/server/formats/eventlog"
)

// The events that mean more than activity, by the name that the table has and by
// the one that the report has in English.
var (
	tableEvents = map[string]eventlog.Event{
		`\core\event\user_loggedin`:         eventlog.EventLoggedIn,
		`\core\event\user_loggedinas`:       eventlog.EventLoggedInAs,
		`\core\event\role_assigned`:         eventlog.EventRoleAssigned,
		`\mod_quiz\event\attempt_started`:   eventlog.EventAttemptStarted,
		`\mod_quiz\event\attempt_submitted`: eventlog.EventAttemptSubmitted,
	}
	reportEvents = map[string]eventlog.Event{
		"user has logged in":             eventlog.EventLoggedIn,
		"user logged in as another user": eventlog.EventLoggedInAs,
		"role assigned":                  eventlog.EventRoleAssigned,
		"quiz attempt started":           eventlog.EventAttemptStarted,
		"quiz attempt submitted":         eventlog.EventAttemptSubmitted,
	}
)

// aboutAffected are the events whose description begins with the id of the
// affected user, and not, as is the rule, with that of who acts.
var aboutAffected = map[string]bool{
	"quiz attempt started":             true,
	"quiz attempt submitted":           true,
	"quiz attempt abandoned":           true,
	"quiz attempt became overdue":      true,
	"quiz attempt time limit exceeded": true,
	"course completed":                 true,
	"badge awarded":                    true,
}

// descriptions tell the English name of an event, which a report in another language
// translates: what Moodle's classes write between the ids of a description. Where two
// events write the same, the first is meant.
var descriptions = []struct{ within, and, name string }{
	{"has logged in.", "", "user has logged in"},
	{"has logged in as the user with", "", "user logged in as another user"},
	{"has logged out.", "", "user logged out"},
	{" assigned the role with", " to the user with", "role assigned"},
	{"viewed the course with", "", "course viewed"},
	{"viewed the section number", " of the course with", "course viewed"},
	{"' activity with course module id", "viewed the '", "course module viewed"},
	{"has started the attempt with", "for the quiz with", "quiz attempt started"},
	{"has submitted the attempt with", "for the quiz with", "quiz attempt submitted"},
	{"has had their attempt with", "marked as abandoned for the quiz with", "quiz attempt abandoned"},
	{"The quiz attempt with", "became overdue", "quiz attempt became overdue"},
	{"completed the course with", "", "course completed"},
	{"has been awarded the badge with", "", "badge awarded"},
}

// englishName returns the English name of an event in lower case, by its name and what
// its description says. Of an event that descriptions does not have it is the name as it
// is written.
func englishName(name, description string) string {
	name = strings.ToLower(name)
	if _, known := reportEvents[name]; known || aboutAffected[name] {
		return name
	}
	for _, d := range descriptions {
		if strings.Contains(description, d.within) && strings.Contains(description, d.and) {
			return d.name
		}
	}
	return name
}

// subjects are how descriptions begin that say who acts: those of Moodle itself,
// and those of plugins such as Attendance.
var subjects = []string{
	"The user with id", "The user with the id", "User with id", "User with the id",
	"The student with id", "The student with the id", "Student with id", "Student with the id",
	"The teacher with id", "The teacher with the id", "Teacher with id", "Teacher with the id",
}

// describes reports whether a text is a description.
func describes(text string) bool {
	_, _, said := cutID(text, append(subjects, "The quiz attempt with id", "The quiz attempt with the id")...)
	return said
}

// asWords stand between the names of somebody who acts as another, instead of " as ", as
// the languages of Moodle have them (eventloggedas of report_log).
var asWords = []string{
	" als ", " en tant que ", " como ", " come ", " com a ", " под именем ", " - 代替ログイン: ", " ως ", " كـ ", " بصفة ",
	" jako ", " ako ", " kao ", " som ", " mint ", " як ", " като ",
}

// englishAs writes the name of somebody who acts as another as it is in English.
func englishAs(name string) string {
	for _, word := range asWords {
		if real, user, found := strings.Cut(name, word); found {
			return real + eventlog.As + user
		}
	}
	return name
}
