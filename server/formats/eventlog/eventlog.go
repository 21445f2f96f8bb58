// Package eventlog makes records of the rows of an activity log: people and their
// sessions, logins, grants, emulations, attempts and activity. It knows no program: the
// package of one reads its files as rows of schema.LogRow, and hands them to the store
// together with Log.Derive.
//
// A row says who did what and when. People are known by a number (LogRow.User), by a text
// that stands for one person (LogRow.Name, as a position in Names), or by both where the
// text is the name that the number's bearer has. What comes out does not depend on the
// order of the rows, nor on how they are split into files and imports.
package eventlog

import (
	"cmp"
	"maps"
	"time"
	"unicode/utf8"

	"glow/schema"
	"glow/server/formats/roster"
)

// Options say what records are made of a log; zero fields take the defaults.
type Options struct {
	Site           string   // starts the ids of people and records; must be given
	Departments    []string // ids of the departments of everybody in the log
	NewDepartments []string // those of them to make: they are named by their ids
	Role           string   // of everybody in the log; default "ta"

	// Gap is how long somebody may be silent within a session; default 30 minutes. It must
	// be the same in all imports of a site.
	Gap time.Duration

	// Viewers tells that a name like "Admin Name as TA Name" is that of an admin who acts
	// as a TA, where the rows do not show that it is one person's.
	Viewers bool

	// Describe puts what the source knows of somebody beyond their rows into their
	// profile: a name, an email. It is called once all rows have been read; number is 0
	// for somebody who is known by a text alone.
	Describe func(profile *schema.Record, number uint64, text string)

	TempDir  string // where rows are sorted that memory does not hold; default os.TempDir()
	TempName string // begins the names of those files; default glow-sort-
	InMemory int    // rows that are sorted in memory; default 262,144
}

// Log makes records of one log.
type Log struct {
	options Options
	roster  *roster.Roster
	names   *Names
	passed  map[string]int64 // rows that the source passed over, by reason
	skipped map[string]int64 // those and the rows that Derive found to be nobody's
}

// Why a row is nobody's activity.
const (
	ReasonUserZero  = "user 0"          // of nobody who was logged in
	ReasonNoUser    = "no user"         // of nobody the log could name
	ReasonCLI       = "origin cli"      // done by the site's own jobs
	ReasonRestore   = "origin restore"  // put there when a course was restored
	ReasonDeleted   = "deleted by hand" // its session was
	ReasonDuplicate = "duplicate row"   // of an id that came before, with the same content
)

// maxSite keeps the longest id that starts with the site within schema.MaxIDLength.
const maxSite = 32

const defaultGap = 30 * time.Minute

// New returns a Log; its error says which option cannot be.
func New(o Options) (*Log, error) {
	if utf8.RuneCountInString(o.Site) > maxSite {
		return nil, schema.Invalid("site", "has more than %d characters", maxSite)
	}
	profile := schema.KindNamed(schema.KindProfile)
	if _, err := profile.Fields[profile.Field("id")].Parse(o.Site, nil); err != nil {
		return nil, schema.Invalid("site", "%v", err)
	}
	people, err := roster.New(o.Departments, o.NewDepartments, o.Role)
	if err != nil {
		return nil, err
	}
	if o.Gap = cmp.Or(o.Gap, defaultGap); o.Gap < time.Second {
		return nil, schema.Invalid("gap", "is less than a second")
	}
	o.TempName = cmp.Or(o.TempName, "glow-sort-")
	o.InMemory = cmp.Or(o.InMemory, defaultInMemory)
	l := &Log{options: o, roster: people}
	l.Begin()
	return l, nil
}

// Begin forgets the names and counts of an earlier reading. A source calls it before the
// first row, so that its rows can be read again.
func (l *Log) Begin() { l.names, l.passed = newNames(), map[string]int64{} }

// Names numbers the names that rows have.
func (l *Log) Names() *Names { return l.names }

// Site returns what the ids of the people of the log start with.
func (l *Log) Site() string { return l.options.Site }

// Gap returns how long somebody may be silent within a session.
func (l *Log) Gap() time.Duration { return l.options.Gap }

// Viewers reports whether names of admins who act as somebody are told apart.
func (l *Log) Viewers() bool { return l.options.Viewers }

// Skip counts rows that the source passes over, by reason.
func (l *Log) Skip(reasons map[string]int64) {
	for reason, n := range reasons {
		l.passed[reason] += n
	}
}

// Skipped returns how many rows of the files were nobody's activity, and why. It is
// complete when the records of Derive have been ranged over.
func (l *Log) Skipped() (total int64, reasons map[string]int64) {
	for _, n := range l.skipped {
		total += n
	}
	return total, maps.Clone(l.skipped)
}

// gap returns Options.Gap in the units of times.
func (l *Log) gap() schema.Instant { return schema.Instant(l.options.Gap / time.Microsecond) }

func (l *Log) newSorter(size int) *sorter {
	return &sorter{dir: l.options.TempDir, name: l.options.TempName, size: size, limit: l.options.InMemory}
}
