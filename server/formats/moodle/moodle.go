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
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/eventlog"
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
	InMemory       int            // rows that are sorted in memory; default 262,144
}

// Log is a Moodle log.
type Log struct {
	*eventlog.Log
	files   []formats.File
	options Options
	courses map[int64]bool // that the rows name
}

// Read returns the log that the files make together. They are opened when Rows is
// ranged over.
func Read(files []formats.File, o Options) (*Log, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	engine, err := eventlog.New(eventlog.Options{
		Site: cmp.Or(o.Site, "moodle"), Departments: o.Departments, NewDepartments: o.NewDepartments, Role: o.Role,
		Viewers: true, TempDir: o.TempDir, TempName: o.TempName, InMemory: o.InMemory,
	})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, schema.Invalid("file", "is missing; name the files of the log")
	}
	return &Log{Log: engine, files: files, options: o}, nil
}
