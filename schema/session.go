package schema

import (
	"cmp"
	"strings"
)

// SessionsRequest asks for one page of the session history.
type SessionsRequest struct {
	Filter          `embed:""`
	ProfileID       string `json:"profile_id,omitempty" name:"profile-id" placeholder:"ID" help:"Only this person's sessions."`
	Active          *bool  `json:"active,omitempty" negatable:"" help:"Only sessions that are (or are not) active now."`
	HasOpenProblems *bool  `json:"has_open_problems,omitempty" negatable:"" help:"Only sessions with (or without) open problems."`
	Search          string `json:"search,omitempty" placeholder:"TEXT" help:"Only people whose name contains this, in any case and without regard to accents."`
	Paging          `embed:""`
	Cursor          string `json:"cursor,omitempty" placeholder:"CURSOR" help:"The next_cursor of an answer to the same question: goes on after its last row, whatever has come in since. The page is then only told back."`
	SortOrder       string `json:"sort_order,omitempty" oneof:"desc,asc" help:"By created_at, then id. Default desc."`
}

// Validate checks what can be checked without the records.
func (r SessionsRequest) Validate() error { return checkTags(r) }

// SessionsResponse answers SessionsRequest.
type SessionsResponse struct{ List[SessionListItem] }

// Append adds the rows of the next answer.
func (r *SessionsResponse) Append(next SessionsResponse) { r.append(next.List) }

// question is the request without what chooses the page.
func (r SessionsRequest) question() any {
	r.Paging, r.Cursor, r.SortOrder = Paging{}, "", cmp.Or(r.SortOrder, Descending)
	return r
}

// After returns the position after which the rows begin; nil when a page is asked for.
func (r SessionsRequest) After() (*Position, error) {
	return parseCursor("cursor", r.Cursor, r.question())
}

// CursorAt returns the cursor of a row of the answer.
func (r SessionsRequest) CursorAt(row SessionListItem) string {
	return Position{At: row.SessionCreatedAt, ID: row.SessionID}.cursor(r.question())
}

// SessionListItem is one row of the session history. The numbers are those of
// its whole life.
type SessionListItem struct {
	SessionID        string   `json:"session_id"`
	ProfileID        string   `json:"profile_id"`
	ProfileName      string   `json:"profile_name"`
	SessionCreatedAt Instant  `json:"session_created_at"`
	SessionUpdatedAt Instant  `json:"session_updated_at"` // latest of its own times and its records'
	SessionEndedAt   *Instant `json:"session_ended_at"`
	Active           bool     `json:"active"` // not ended, and updated within the idle time
	GroupCount       int64    `json:"group_count"`
	RunCount         int64    `json:"run_count"`
	FirstRunAt       *Instant `json:"first_run_at"`
	LastRunAt        *Instant `json:"last_run_at"`
	TotalTokens      int64    `json:"total_tokens"`             // input + output; cached tokens are a part of the input
	TotalCost        string   `json:"total_cost" column:"cost"` // exact decimal US dollars
	ChatCount        int64    `json:"chat_count"`
	AttemptCount     int64    `json:"attempt_count"`
	MessageCount     int64    `json:"message_count"`
	ProblemCount     int64    `json:"problem_count"`
	OpenProblemCount int64    `json:"open_problem_count"`
}

// SessionRequest asks for one session.
type SessionRequest struct {
	SessionID      string `json:"session_id" required:"true" name:"session-id" placeholder:"ID" help:"The session's id."`
	TimelineLimit  *int   `json:"timeline_limit,omitempty" name:"timeline-limit" minimum:"1" maximum:"10000" help:"At most that many events of the timeline. Default 1000."`
	TimelineCursor string `json:"timeline_cursor,omitempty" name:"timeline-cursor" placeholder:"CURSOR" help:"The timeline_next_cursor of an answer about the same session: goes on after its last event."`
}

// Validate checks that an id is given.
func (r SessionRequest) Validate() error {
	if r.SessionID == "" {
		return Invalid("session_id", "is missing")
	}
	return checkTags(r)
}

// defaultTimelineLimit is how many events an answer has that was not asked for another number.
const defaultTimelineLimit = 1000

// Limit is the most events of the answer.
func (r SessionRequest) Limit() int { return valueOr(r.TimelineLimit, defaultTimelineLimit) }

// After returns the event after which the timeline goes on; nil for its beginning. Only
// what orders a timeline is set.
func (r SessionRequest) After() (*TimelineEvent, error) {
	p, err := parseCursor("timeline_cursor", r.TimelineCursor, r.SessionID)
	if p == nil || err != nil {
		return nil, err
	}
	e := &TimelineEvent{CreatedAt: p.At}
	e.EventType, e.EntityID, _ = strings.Cut(p.ID, " ")
	return e, nil
}

// CursorAt returns the cursor of an event of the answer.
func (r SessionRequest) CursorAt(e TimelineEvent) string {
	return Position{At: e.CreatedAt, ID: e.EventType + " " + e.EntityID}.cursor(r.SessionID)
}

// SessionResponse answers SessionRequest.
type SessionResponse struct {
	SessionExists bool `json:"session_exists"` // always true: one that is not there is a 404
	SessionListItem
	Groups   []GroupItem     `json:"groups"`
	Timeline []TimelineEvent `json:"timeline"`
	Problems []Problem       `json:"problems"`

	TimelineTotal      int64   `json:"timeline_total"`       // events of the whole timeline
	TimelineNextCursor *string `json:"timeline_next_cursor"` // goes on after the last event; null: there is none
}

// Next returns the key and the value with which the request asks for the next part; ""
// at the end.
func (r *SessionResponse) Next() (key, cursor string) {
	return "timeline_cursor", valueOr(r.TimelineNextCursor, "")
}

// Append adds the events of the next answer.
func (r *SessionResponse) Append(next SessionResponse) {
	r.Timeline = append(r.Timeline, next.Timeline...)
	r.TimelineTotal, r.TimelineNextCursor = next.TimelineTotal, next.TimelineNextCursor
}

// GroupItem is one group of runs of a session.
type GroupItem struct {
	GroupID     string   `json:"group_id"`
	GroupName   *string  `json:"group_name"`
	FirstRunAt  *Instant `json:"first_run_at"`
	LastRunAt   *Instant `json:"last_run_at"`
	RunCount    int64    `json:"run_count"`
	TotalTokens int64    `json:"total_tokens"`
	TotalCost   string   `json:"total_cost" column:"cost"`
}

// TimelineEvent is one thing that happened in a session, in the order of
// created_at, then entity_id.
type TimelineEvent struct {
	EventType  string  `json:"event_type" oneof:"session_started,session_ended,login,grant,emulation,activity,problem,group,run,attempt,attempt_completed,chat,message"`
	EntityID   string  `json:"entity_id"`
	EntityName *string `json:"entity_name"` // name of the group, attempt or chat; a run's model; a problem's type; the person viewed
	CreatedAt  Instant `json:"created_at"`
	Extra1     *string `json:"extra_1"` // run: tokens; problem: message; message: role; grant: expires_at
	Extra2     *string `json:"extra_2"` // run: cost; problem: "open" or "resolved"
}
