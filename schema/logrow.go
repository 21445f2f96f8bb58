package schema

import "iter"

// LogRow is one row of the activity log of another program, as far as something is
// made of it. The database keeps these rows: sessions are derived from all rows of a
// person, those of earlier imports too, whatever files they came in.
//
// ID, Digest and Position together name the row within its site. The codes of Event
// and Origin belong to the format that read it.
type LogRow struct {
	ID       uint64    // number that the log itself gives the row; 0 where it gives none
	Digest   [2]uint64 // of all cells of the row; zero where it has an ID
	Position uint32    // among the rows of its file with the same digest, from 0

	At        Instant
	Repeated  bool // the clock of the site shows this time twice
	Event     uint8
	Origin    uint8
	EventName uint64 // hash of the event's name
	User      int64  // id of the user who acts; 0: nobody logged in; -1: not said; or UserForgotten
	Real      uint64 // id of the user who acts in the name of User; 0: nobody else
	Related   uint64 // id of the user whom the row affects; 0: not said
	Object    uint64 // id of what the event is about; 0: not said
	Module    uint64 // id of the course module; 0: not said
	Name      uint32 // key in LogRows.Names of the name of who acts; 0: none
	Affected  uint32 // likewise of who is affected

	Profile string // id of the profile who acts, as it was worked out last; empty: nobody
	Viewed  string // likewise of the person whom Profile acts as

	Import int64 // key of the import that brought it first; 0: not known
	Gone   bool  // its import is being taken back: nothing is made of it any more

	File string // where a row of this import was read; empty for one that is known already
	Line int
	New  bool // of this import
}

// UserForgotten is LogRow.User of a row that Real did in the name of somebody who was
// forgotten since.
const UserForgotten = -2

// LogRows are all rows of a site: those that the database keeps and those that an
// import brings.
type LogRows struct {
	Names    map[uint32]string // by the keys that rows have
	Profiles map[string]string // names of the people of the site, by profile id; of those in Aliases the name that they had

	Aliases map[string]string // ids that were merged into other people, with the ids of those
	Anew    map[string]bool   // people into whom somebody was merged since the last import: all their records are made anew

	Deleted map[LogRowKey]bool // rows of which nothing is made, because somebody deleted what was

	// First says that the site has no rows yet: all records are made, and LogRecords.Spans is
	// empty.
	First bool

	// Rows come in the order of ID, Digest and Position, so that those which are the
	// same row stand together: the known one first, the others in the order of what they
	// say. They may be ranged over again.
	Rows iter.Seq2[*LogRow, error]
}

// LogRowKey names a row within its site.
type LogRowKey struct {
	ID       uint64
	Digest   [2]uint64
	Position uint32
}

// Key returns the row's name.
func (r *LogRow) Key() LogRowKey { return LogRowKey{r.ID, r.Digest, r.Position} }

// LogRecords are what a format makes of LogRows.
type LogRecords struct {
	// Records are all records of the sessions that the import touches, and all attempts
	// of their people.
	Records iter.Seq2[*Record, error]

	// What follows is complete once Records has been ranged over.
	Touched map[string]bool   // ids of the profiles whose rows the import touches
	Spans   []LogSpan         // of which all records were made, by profile and time; no two of a profile overlap
	Moved   map[string]string // profile whose rows turned out to be another's, by id
}

// LogSpan is a time from the first to the last row of a session.
type LogSpan struct {
	Profile string // id
	From    Instant
	Until   Instant // belongs to it
}

// WaitingRow is a row of an export that waits until another import names what it hangs
// on.
type WaitingRow struct {
	Kind    string
	Content string  // a JSON object: the texts of the record's fields
	At      Instant // created_at; 0 where only a reference waits
}
