// Package moodle reads the activity logs of Moodle courses as records: people
// and their sessions, logins, grants, emulations, attempts and activity.
//
// A log may consist of several files, also of different shapes: the table
// mdl_logstore_standard_log or any part of it, and the report "Logs" that
// teachers download. Log.Rows reads their rows, Log.Derive makes records of them and
// of all rows of the same site that were there before. What comes out does not depend
// on the order of the files, of the rows in them, or of the imports, but that the order
// of the rows can tell how times are read.
package moodle

import (
	"cmp"
	"maps"
	"time"
	"unicode/utf8"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/roster"
)

// Options say how a log is read; zero fields take the defaults.
type Options struct {
	Site           string         // starts the ids of people and records; default "moodle"
	Departments    []string       // ids of the departments of everybody in the log
	NewDepartments []string       // those of them to make: they are named by their ids
	Role           string         // of everybody in the log; default "ta"
	Zone           *time.Location // of times without one; default UTC
	DateOrder      string         // of dates in numbers: dmy, mdy or ymd; "" to find it out
	Year           int            // of dates without one; 0 to find it out
	TempDir        string         // where rows are sorted that memory does not hold; default os.TempDir()
	TempName       string         // begins the names of those files; default glow-sort-
}

// Log is a Moodle log.
type Log struct {
	files   []formats.File
	roster  *roster.Roster
	options Options
	limit   int // events that are sorted in memory
	names   *nameList
	skipped map[string]int64
}

// Why a row is nobody's activity.
const (
	reasonUserZero  = "user 0"          // of nobody who was logged in
	reasonNoUser    = "no user"         // of nobody the log could name
	reasonCLI       = "origin cli"      // done by the site's own jobs
	reasonRestore   = "origin restore"  // put there when a course was restored
	reasonDeleted   = "deleted by hand" // its session was
	reasonDuplicate = "duplicate row"   // of an id that came before, with the same content
)

// maxSite keeps the longest id that starts with the site within schema.MaxIDLength.
const maxSite = 32

// Read returns the log that the files make together. They are opened when Rows is
// ranged over.
func Read(files []formats.File, o Options) (*Log, error) {
	if o.Site == "" {
		o.Site = "moodle"
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if utf8.RuneCountInString(o.Site) > maxSite {
		return nil, schema.Invalid("site", "has more than %d characters", maxSite)
	}
	profile := schema.KindNamed(schema.KindProfile)
	if _, err := profile.Fields[profile.Field("id")].Parse(o.Site, o.Zone); err != nil {
		return nil, schema.Invalid("site", "%v", err)
	}
	people, err := roster.New(o.Departments, o.NewDepartments, o.Role)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, schema.Invalid("file", "is missing; name the files of the log")
	}
	return &Log{files: files, options: o, roster: people, limit: defaultLimit, names: newNameList()}, nil
}

// Site returns what the ids of the people of the log start with.
func (l *Log) Site() string { return l.options.Site }

// Skipped returns how many rows of the files were nobody's activity, and why. It is
// complete when the records of Derive have been ranged over.
func (l *Log) Skipped() (total int64, reasons map[string]int64) {
	for _, n := range l.skipped {
		total += n
	}
	return total, maps.Clone(l.skipped)
}

func (l *Log) newSorter(size int) *sorter {
	return &sorter{dir: l.options.TempDir, name: cmp.Or(l.options.TempName, "glow-sort-"), size: size, limit: l.limit}
}
