// Package formats reads and writes records as files: CSV, NDJSON, JSON and ZIP.
// Readers and writers stream: what they hold in memory does not grow with the
// input.
package formats

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"glow/schema"
)

// Options say how records are read.
type Options struct {
	Zone   *time.Location // of times without an offset; nil is UTC
	Name   string         // of the file, for faults
	Limits Limits         // zero fields take the value of DefaultLimits
}

// File is one file of an input of another program. Such inputs are read more than once.
type File struct {
	Name string // for faults; may have folders
	Open func() (io.ReadCloser, error)

	// At reads anywhere in the file, which has Size bytes; nil where it can only be read
	// from its start.
	At   io.ReaderAt
	Size int64
}

// Limits bound what an input may make the program do. Files are read as streams,
// so memory is bounded by MaxLine and MaxColumns whatever comes. Work is bounded by
// what was sent: MaxRatio stands against ZIP bombs. MaxUnpacked guards the disk alone,
// where records wait until the last of them is known to be good.
type Limits struct {
	MaxEntries  int   // files in a ZIP
	MaxUnpacked int64 // bytes of all files of a ZIP together
	MaxRatio    int64 // unpacked bytes of a ZIP a packed byte; a line counts for as many at least
	MaxLine     int   // bytes of an NDJSON line, of a record in JSON, of a CSV cell
	MaxColumns  int   // of a CSV
}

// DefaultLimits returns the limits that hold where none are given.
func DefaultLimits() Limits {
	return Limits{
		MaxEntries:  1000,     // a course log each, of all courses of a large site
		MaxUnpacked: 64 << 30, // hundreds of millions of records
		MaxRatio:    50,       // real logs pack 10 to 20 times, and take 3 bytes a line or more
		MaxLine:     1 << 20,
		MaxColumns:  64,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.MaxEntries == 0 {
		l.MaxEntries = d.MaxEntries
	}
	if l.MaxUnpacked == 0 {
		l.MaxUnpacked = d.MaxUnpacked
	}
	if l.MaxRatio == 0 {
		l.MaxRatio = d.MaxRatio
	}
	if l.MaxLine == 0 {
		l.MaxLine = d.MaxLine
	}
	if l.MaxColumns == 0 {
		l.MaxColumns = d.MaxColumns
	}
	return l
}

func (o Options) orDefault() Options {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	o.Limits = o.Limits.orDefault()
	return o
}

// fault makes a Fault in the file that o names.
func (o *Options) fault(line int, message string) schema.Fault {
	return schema.Fault{File: o.Name, Line: line, Message: message}
}

// failed puts the name of the file into an error of the input.
func (o *Options) failed(err error) error { return InFile(o.Name, err) }

// InFile puts the name of a file into an error of its content: a schema.Fault gets it as
// its File; any other error but io.EOF is wrapped, and one of an archive names its file
// already.
func InFile(name string, err error) error {
	var f schema.Fault
	switch {
	case errors.As(err, &f):
		f.File = name
		return f
	case err == io.EOF || errors.As(err, new(*schema.Error)) || name == "":
		return err
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// IsFault reports whether an error is about one record or file, so that reading goes on
// after it.
func IsFault(err error) bool { return errors.As(err, new(schema.Fault)) }

// yieldRecords yields what next reads into one record, until next returns io.EOF or an
// error after which reading cannot go on.
func yieldRecords(next func(*schema.Record) error, yield func(*schema.Record, error) bool) {
	var rec schema.Record
	for {
		err := next(&rec)
		switch {
		case err == io.EOF:
			return
		case err != nil:
			if !yield(nil, err) || !IsFault(err) {
				return
			}
		case !yield(&rec, nil):
			return
		}
	}
}

// printable makes a name from outside safe to show: in JSON and on a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// startsUTF16 reports whether a file begins with a byte-order mark of UTF-16.
func startsUTF16(head []byte) bool {
	return len(head) >= 2 && (head[0] == 0xfe && head[1] == 0xff || head[0] == 0xff && head[1] == 0xfe)
}

const (
	utf8BOM    = "\xef\xbb\xbf"
	faultUTF16 = "the file is in UTF-16; save it as UTF-8"
	faultUTF8  = "is not valid UTF-8; save the file as UTF-8"
	faultNUL   = "contains a NUL byte"
)
