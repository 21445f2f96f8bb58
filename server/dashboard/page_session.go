package dashboard

import (
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"glow/schema"
)

// sessionPage is one session.
type sessionPage struct {
	layout
	schema.SessionResponse
	CanResolve bool
	CanDelete  bool
}

// showSession is one session.
func showSession(p *pageRequest) error {
	if err := p.followChanges(); err != nil {
		return err
	}
	f, q, err := p.filter(RangeMonth, paramCursor, paramAs, paramList)
	if err != nil {
		return err
	}
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	if as != nil {
		return p.sendSession(as, q)
	}
	answer, err := withCursor(p, q, func(cursor string) (schema.SessionResponse, error) {
		return p.d.store.Session(p.Context(), p.scope(), schema.SessionRequest{SessionID: mux.Vars(p.Request)["id"], TimelineCursor: cursor})
	})
	if err != nil {
		return err
	}
	data := &sessionPage{layout: p.layout("Session of "+answer.ProfileName, &f, q), SessionResponse: answer, CanResolve: p.mayAsk(pathResolve), CanDelete: p.mayAsk(pathDelete)}
	return p.show("session", data)
}

// sendSession sends a list of the session as a file: its whole timeline, its groups or its problems.
func (p *pageRequest) sendSession(as *fileFormat, q url.Values) error {
	id := mux.Vars(p.Request)["id"]
	first, err := p.d.store.Session(p.Context(), p.scope(), schema.SessionRequest{SessionID: id, TimelineLimit: pointer(maxListPage)})
	if err != nil {
		return err
	}
	timeline := allPages(func(cursor string) ([]schema.TimelineEvent, *string, error) {
		if cursor == "" {
			return first.Timeline, first.TimelineNextCursor, nil
		}
		next, err := p.d.store.Session(p.Context(), p.scope(), schema.SessionRequest{SessionID: id, TimelineLimit: pointer(maxListPage), TimelineCursor: cursor})
		return next.Timeline, next.TimelineNextCursor, err
	})
	q.Set("session_id", id)
	return p.sendNamed(as, q, listFile{noun: "timeline", row: schema.TimelineEvent{}, rows: timeline},
		sliceList("groups", nil, first.Groups), sliceList("problems", nil, first.Problems))
}

// Shown is how many events of the timeline the page has.
func (s *sessionPage) Shown() int64 { return int64(len(s.Timeline)) }

// TimelineRow is one event.
type TimelineRow struct {
	Event
	Type string
	At   schema.Instant
	Day  string // where another one begins
}

// Events is the timeline in words.
func (s *sessionPage) Events() []TimelineRow {
	rows := make([]TimelineRow, len(s.Timeline))
	for i, e := range s.Timeline {
		rows[i] = TimelineRow{Event: describeEvent(e), Type: e.EventType, At: e.CreatedAt}
		if day := schema.DayAt(e.CreatedAt, s.Zone); i == 0 || day != schema.DayAt(s.Timeline[i-1].CreatedAt, s.Zone) {
			rows[i].Day = weekdays[(int(day.Weekday())+6)%7] + " " + day.String()
		}
		if e.EventType == "grant" && e.Extra1 != nil {
			rows[i].Detail = "until " + s.clock(*e.Extra1)
		}
		if e.EventType == "attempt" && e.Extra1 != nil {
			rows[i].Detail = strings.TrimSpace(rows[i].Detail + " completed " + s.clock(*e.Extra1))
		}
	}
	return rows
}

// clock prints a time of the API by the instance's clock.
func (s *sessionPage) clock(text string) string {
	at, err := schema.ParseInstant(text, s.Zone)
	if err != nil {
		return text
	}
	return at.Time().In(s.Zone).Format("2006-01-02 15:04")
}

// Event is one line of a session's timeline in words.
type Event struct{ Title, Detail string }

// describeEvent says what happened.
func describeEvent(e schema.TimelineEvent) Event {
	name, first, second := value(e.EntityName), value(e.Extra1), value(e.Extra2)
	quoted := ""
	if name != "" {
		quoted = "“" + name + "”"
	}
	switch e.EventType {
	case "session_started":
		return Event{Title: "Session began"}
	case "session_ended":
		return Event{Title: "Session completed"}
	case "login":
		return Event{Title: "Logged in"}
	case "grant":
		return Event{Title: "Was given a grant", Detail: until(first)}
	case "emulation":
		return Event{Title: "Viewed as " + name, Detail: first}
	case "activity":
		return Event{Title: "Was active"}
	case "problem":
		return Event{Title: "Problem: " + name, Detail: first + " (" + second + ")"}
	case "group":
		return Event{Title: "Opened a group of runs", Detail: quoted}
	case "run":
		return Event{Title: strings.TrimSpace("Run " + of(name)), Detail: withCommas(first) + " tokens, $" + second}
	case "attempt":
		return Event{Title: "Began an attempt", Detail: quoted}
	case "attempt_completed":
		return Event{Title: "Completed an attempt", Detail: quoted}
	case "chat":
		return Event{Title: "Opened a chat", Detail: quoted}
	case "message":
		return Event{Title: "Message" + by(first), Detail: quoted}
	}
	return Event{Title: e.EventType, Detail: name}
}

func of(model string) string {
	if model == "" {
		return ""
	}
	return "of " + model
}

func by(role string) string {
	if role == "" {
		return ""
	}
	return " by " + role
}

func until(at string) string {
	if at == "" {
		return "without end"
	}
	return "until " + at
}
