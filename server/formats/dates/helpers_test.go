package dates

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// file is a file of a test: the columns, and the times.
type file struct {
	columns string
	times   []string
}

func rows(times ...string) file { return file{times: times} }

// wallText returns what the clock on the wall showed at a time; it is in UTC, with Z, for
// a text that says its offset or counts from an epoch.
func wallText(text string, at schema.Instant, zone *time.Location) string {
	if raw, err := parse(text, nil); err == nil && raw.hasWall() {
		return at.Time().In(zone).Format("2006-01-02T15:04:05.999999")
	}
	return at.String()
}

// read reads files as an import does. It returns the wallText of each time, "b" behind it
// for the second pass of a repeated hour, or the fault of the row.
func read(o Options, files ...file) ([]string, error) {
	s := NewDetector(o)
	var in []*File
	for i, f := range files {
		one := s.File(fmt.Sprintf("%c.csv", 'a'+i), strings.Split(f.columns, ","))
		in = append(in, one)
		for line, text := range f.times {
			one.Add(line+2, text)
		}
	}
	if err := s.Decide(); err != nil {
		return nil, err
	}
	var out []string
	for i, f := range files {
		for _, text := range f.times {
			got, err := in[i].Read(text)
			wall := wallText(text, got.At, s.o.Zone)
			switch first, _ := schema.ParseInstant(wall, s.o.Zone); {
			case err != nil:
				out = append(out, err.Error())
			case first != got.At:
				out = append(out, wall+"b")
			default:
				out = append(out, wall)
			}
		}
	}
	return out, nil
}

// check reads files and compares, line by line, or the error.
func check(t *testing.T, name, want string, o Options, files ...file) {
	t.Helper()
	got, err := read(o, files...)
	text := strings.Join(got, ", ")
	if err != nil {
		text = strings.TrimPrefix(err.Error(), "the request is not valid: ")
	}
	if text != want {
		t.Errorf("%s:\n got %s\nwant %s", name, text, want)
	}
}
