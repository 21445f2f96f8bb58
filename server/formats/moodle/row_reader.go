package moodle

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"glow/schema"
	"glow/server/formats/dates"
	"glow/server/formats/eventlog"
)

// rowReader reads the cells of a row of any shape.
type rowReader struct {
	dates *dates.File // of the file that is read
	names *eventlog.Names
	cells map[string]uint32 // positions of the names in cells: they repeat

	courses map[int64]bool // that the rows name
}

// read returns the row, without its place. The error is a schema.Fault without one.
func (c *rowReader) read(l *layout, cells [][]byte) (*schema.LogRow, error) {
	text := timeText(l, cells)
	when, err := c.dates.Read(text) // of every row: each tells something of the next
	for i := range l.cell {
		if cell := l.get(cells, column(i)); bytes.IndexByte(cell, 0) >= 0 {
			return nil, schema.Fault{Field: l.name(column(i)), Message: "contains a NUL byte"}
		}
	}
	if err != nil {
		return nil, schema.Fault{Field: l.name(columnTime), Message: fmt.Sprintf("%q %v", schema.Clip(text), err)}
	}
	r := &schema.LogRow{At: when.At, Repeated: when.Repeated, New: true}
	switch string(bytes.ToLower(bytes.TrimSpace(l.get(cells, columnOrigin)))) {
	case "":
	case "cli":
		r.Origin = uint8(eventlog.OriginCLI)
	case "restore":
		r.Origin = uint8(eventlog.OriginRestore)
	default:
		r.Origin = uint8(eventlog.OriginPerson)
	}
	if l.report {
		return r, c.readReport(r, l, cells)
	}
	return r, c.readTable(r, l, cells)
}

// readTable reads a row of mdl_logstore_standard_log.
func (c *rowReader) readTable(r *schema.LogRow, l *layout, cells [][]byte) error {
	name := bytes.TrimSpace(l.get(cells, columnEvent))
	if len(name) == 0 {
		return schema.Fault{Field: l.name(columnEvent), Message: `is empty; every row names its event, as in \core\event\course_viewed`}
	}
	event := tableEvents[string(name)]
	r.EventName, r.Event = eventlog.HashOf(name), uint8(event)
	for _, n := range []struct {
		column column
		to     *uint64
		wanted bool
	}{
		{columnID, &r.ID, true},
		{columnReal, &r.Real, true},
		{columnRelated, &r.Related, event == eventlog.EventLoggedInAs},
		{columnObject, &r.Object, event.IsAttempt()},
		{columnModule, &r.Module, event.IsAttempt()},
	} {
		cell := l.get(cells, n.column)
		if !n.wanted || eventlog.Empty(cell) {
			continue
		}
		v, err := strconv.ParseInt(string(bytes.TrimSpace(cell)), 10, 64)
		if err != nil || v < 0 && n.column == columnID {
			return schema.Fault{Field: l.name(n.column), Message: fmt.Sprintf("%q is not an id; those are whole numbers", schema.Clip(string(cell)))}
		}
		*n.to = uint64(max(v, 0))
	}
	if course, err := strconv.ParseInt(string(bytes.TrimSpace(l.get(cells, columnCourse))), 10, 64); err == nil && course > 0 {
		c.courses[course] = true
	}
	r.User = eventlog.NoUser
	if cell := l.get(cells, columnUser); !eventlog.Empty(cell) {
		v, err := strconv.ParseInt(string(bytes.TrimSpace(cell)), 10, 64)
		if err != nil {
			return schema.Fault{Field: l.name(columnUser), Message: fmt.Sprintf("%q is not the id of a user; those are whole numbers", schema.Clip(string(cell)))}
		}
		r.User = max(v, eventlog.NoUser) // Moodle writes -1 for somebody it does not know
	}
	return nil
}

// readReport reads a row of the report "Logs". Its texts are those of Moodle's
// own classes: "Description" begins with the id of the user in "User full name",
// which for "Admin Name as TA Name" is the TA's; the admin is known by name only.
func (c *rowReader) readReport(r *schema.LogRow, l *layout, cells [][]byte) error {
	for _, to := range []struct {
		column column
		name   *uint32
	}{{columnName, &r.Name}, {columnAffected, &r.Affected}} {
		name, err := c.noteName(l.get(cells, to.column), l.translated)
		if err != nil {
			return schema.Fault{Field: l.name(to.column), Message: err.Error()}
		}
		*to.name = name
	}
	text := eventlog.Clean(l.get(cells, columnDescription))
	name := englishName(eventlog.Clean(l.get(cells, columnEvent)), text)
	if name == "" {
		return schema.Fault{Field: l.name(columnEvent), Message: "is empty; every row names its event"}
	}
	event := reportEvents[name]
	r.EventName, r.Event = eventlog.HashOf(name), uint8(event)

	if course, _, said := cutID(text, "course with id", "course with the id"); said {
		c.courses[course] = true
	}
	subject, rest, said := cutID(text, subjects...)
	if !said {
		subject = eventlog.NoUser
	}
	if event.IsAttempt() {
		object, _, _ := cutID(text, "attempt with id", "attempt with the id")
		module, _, _ := cutID(text, "course module id")
		r.Object, r.Module = uint64(max(object, 0)), uint64(max(module, 0))
	}
	if event == eventlog.EventLoggedInAs {
		related, _, _ := cutID(rest, "user with id", "user with the id")
		r.Related = uint64(max(related, 0))
	}
	r.User = subject
	if aboutAffected[name] && !c.actsAlone(r) {
		r.Related, r.User = uint64(max(subject, 0)), eventlog.NoUser
	}
	return nil
}

// actsAlone reports whether the user of a row is also the one affected.
func (c *rowReader) actsAlone(r *schema.LogRow) bool {
	if r.Affected == 0 || r.Affected == r.Name {
		return true
	}
	return r.Name > 0 && strings.HasSuffix(c.names.Text(r.Name), eventlog.As+c.names.Text(r.Affected))
}

// noteName returns the position of the name in a cell.
func (c *rowReader) noteName(cell []byte, translated bool) (uint32, error) {
	if at, known := c.cells[string(cell)]; known {
		return at, nil
	}
	name := eventlog.Clean(cell)
	if translated {
		name = englishAs(name)
	}
	if n := utf8.RuneCountInString(name); n > maxName {
		return 0, fmt.Errorf("has %d characters; a name has at most %d", n, maxName)
	}
	at := c.names.Position(name)
	c.cells[string(cell)] = at
	return at, nil
}

var maxName = func() int {
	profile := schema.KindNamed(schema.KindProfile)
	return profile.Fields[profile.Field("name")].Max
}()

// cutID finds the number, usually in quotes, after the first of the phrases that
// text has, and returns what follows. The phrases that begin with a capital must
// stand at the start.
func cutID(text string, phrases ...string) (id int64, rest string, ok bool) {
	for _, phrase := range phrases {
		before, after, found := strings.Cut(text, phrase+" ")
		if !found || phrase[0] <= 'Z' && before != "" {
			continue
		}
		after = strings.TrimLeft(after, `'"‘’`)
		end := 0
		for end < len(after) && (after[end] >= '0' && after[end] <= '9' || end == 0 && after[0] == '-') {
			end++
		}
		if n, err := strconv.ParseInt(after[:end], 10, 64); err == nil {
			return max(n, eventlog.NoUser), after[end:], true
		}
	}
	return 0, "", false
}
