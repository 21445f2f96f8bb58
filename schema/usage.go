package schema

// Usage says when the sessions of a window began, and what their runs took.
type Usage struct {
	Hours  [7][24]int64 // sessions that began, by weekday from Monday and hour of the local clock
	Runs   int64
	Tokens int64  // input + output
	Cost   string // exact decimal US dollars
}

// Person is one profile as a caller may see it.
type Person struct {
	ProfileID string
	ProfileResource
	LastActiveAt *Instant // latest session, login or activity record that is not in the future
	DataUntil    *Instant // up to when the records of their departments are known to be complete; nil: unknown
}

// Emulation is an admin's view as somebody else, from its start.
type Emulation struct {
	EmulationID string
	GrantID     string
	SessionID   string // the viewer's
	ViewerID    string // profile of the viewer
	StartedAt   Instant
	ExpiresAt   Instant
	Person      // the one viewed
}
