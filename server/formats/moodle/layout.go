package moodle

import (
	"fmt"
	"slices"
	"strings"

	"glow/server/formats/dates"
	"glow/server/formats/eventlog"
)

// column is a column that we read, of either shape.
type column int

const (
	columnTime column = iota
	columnEvent
	columnUser
	columnID
	columnReal
	columnRelated
	columnObject
	columnModule
	columnOrigin
	columnCourse
	columnName
	columnAffected
	columnDescription
	columnCount
)

// layout says which cell of a row holds which column.
type layout struct {
	report     bool
	translated bool             // the header is not in English
	header     []string         // names of the columns, as the file has them
	keys       []string         // what they are called in English, where that is known
	cell       [columnCount]int // -1 where the file lacks the column
}

// The columns by name, without blanks and in lower case. Those of a report have two
// names, in its header and in the code of Moodle (report/log/classes/table_log.php).
var (
	tableColumns = map[string]column{
		"timecreated": columnTime, "eventname": columnEvent, "userid": columnUser, "id": columnID,
		"realuserid": columnReal, "relateduserid": columnRelated, "objectid": columnObject,
		"contextinstanceid": columnModule, "origin": columnOrigin, "courseid": columnCourse,
	}
	reportColumns = map[string]column{
		"time": columnTime, "eventname": columnEvent, "userfullname": columnName,
		"affecteduser": columnAffected, "description": columnDescription, "origin": columnOrigin,
	}
	codeNames   = map[string]string{"fullnameuser": "userfullname", "relatedfullnameuser": "affecteduser", "context": "eventcontext", "ip": "ipaddress"}
	tableNeeds  = []string{"eventname", "userid", "timecreated"}
	reportNeeds = []string{"Time", "Event name", "Description"}

	// englishNames are names that no other language has.
	englishNames = []string{"User full name", "Affected user", "Event context"}
)

const reportHeader = "Time, User full name, Affected user, Event context, Component, Event name, Description"

// reportOrder are the columns of a report in the order in which every version of Moodle
// since 2.7 has them, in every language. A report of the whole site has the course in
// front; older versions lack the last two; and people delete those with names.
var reportOrder = []string{"time", "userfullname", "affecteduser", "eventcontext", "component", "eventname", "description", "origin", "ipaddress"}

// newLayout tells the shape of a file by its header, and that of a report whose header is
// in another language than English by its first rows. Columns that we do not know are
// passed over: tables are often joined with others before they are handed on, and some
// programs put an index column without a name in front.
func newLayout(header []string, sample [][]string) (*layout, error) {
	l := &layout{header: header, keys: make([]string, len(header))}
	for i, name := range header {
		l.keys[i] = eventlog.ColumnKey(name)
	}
	switch {
	case len(l.lacks(tableNeeds)) == 0:
		return l, l.place(tableColumns)
	case l.hasReport(sample):
		l.report = true
		return l, l.place(reportColumns)
	case len(l.lacks(englishNames)) < len(englishNames):
		return nil, unknown(l.lacks(reportNeeds))
	}
	if err := l.translate(sample); err != nil {
		return nil, err
	}
	l.report, l.translated = true, true
	return l, l.place(reportColumns)
}

// lacks lists the columns that the header does not have.
func (l *layout) lacks(needs []string) (names []string) {
	for _, name := range needs {
		if !slices.Contains(l.keys, eventlog.ColumnKey(name)) {
			names = append(names, name)
		}
	}
	return names
}

// unknown is the error of a header that is not that of a log for want of some columns.
func unknown(lacks []string) error {
	return fmt.Errorf("the header is not that of a Moodle log, it lacks %s; expected are the columns of the table mdl_logstore_standard_log, at least %s, or those of the report \"Logs\" as Moodle writes them, in any language: %s, Origin, IP address",
		strings.Join(lacks, ", "), strings.Join(tableNeeds, ", "), reportHeader)
}

// hasReport reports whether the columns are those of a report by name. Where only names
// are left that other tables have too, the description must be Moodle's.
func (l *layout) hasReport(sample [][]string) bool {
	if len(l.lacks(reportNeeds)) > 0 {
		return false
	}
	for i, key := range l.keys {
		if name := codeNames[key]; name != "" && !slices.Contains(l.keys, name) {
			l.keys[i] = name
		}
	}
	return len(l.lacks(englishNames)) < len(englishNames) || len(sample) == 0 || mostly(sample, slices.Index(l.keys, "description"), describes)
}

// place notes where the columns are.
func (l *layout) place(columns map[string]column) error {
	for c := range l.cell {
		l.cell[c] = -1
	}
	for i, key := range l.keys {
		c, known := columns[key]
		if !known {
			continue
		}
		if c == columnCourse && l.cell[c] >= 0 { // of a table that was joined: it only counts courses
			continue
		}
		if l.cell[c] >= 0 {
			return fmt.Errorf("the column %q is there twice", l.header[i])
		}
		l.cell[c] = i
	}
	return nil
}

// translate finds out what the columns of a report are by their contents and their order:
// "Description" is English in every language, and the times stand before it.
func (l *layout) translate(sample [][]string) error {
	description := first(len(l.header), func(c int) bool { return !describes(l.header[c]) && mostly(sample, c, describes) })
	if description < 0 {
		return unknown(l.lacks(tableNeeds))
	}
	isTime := dates.Teller(l.header)
	time := description - 1 // from behind: the numbers of an index in front may look like a spreadsheet's times
	for time >= 0 && (isTime(l.header[time]) || !mostly(sample, time, isTime)) {
		time--
	}
	if time < 0 {
		return fmt.Errorf("the column %q is that of a Moodle log, but no column before it has times that can be read; download the report in English, or write its times as in 2025-03-03 14:05:12", l.header[description])
	}
	columns := reportOrder[:slices.Index(reportOrder, "description")+1]
	switch description - time + 1 {
	case len(columns):
	case len(columns) - 1: // whoever is affected is nobody in most rows
		gone := "affecteduser"
		if mostly(sample, time+1, func(text string) bool { return text == "-" }) {
			gone = "userfullname"
		}
		columns = slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return name == gone })
	case len(columns) - 2:
		columns = slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return name == "userfullname" || name == "affecteduser" })
	default:
		return fmt.Errorf("the column %q is that of a Moodle log, but the columns before it are not in the order in which Moodle writes them; download the report again, or name the columns as in English: %s",
			l.header[description], reportHeader)
	}
	copy(l.keys[time:], columns)
	if after := description + 1; after < len(l.header) && mostly(sample, after, isOrigin) {
		copy(l.keys[after:], reportOrder[len(reportOrder)-2:])
	}
	return nil
}

// first returns the first column before end that is such; -1 when there is none.
func first(end int, such func(column int) bool) int {
	for c := range end {
		if such(c) {
			return c
		}
	}
	return -1
}

// mostly reports whether at least half of the cells of a column that are not empty are
// such.
func mostly(sample [][]string, column int, such func(string) bool) bool {
	cells, n := 0, 0
	for _, row := range sample {
		if column < len(row) && row[column] != "" {
			cells++
			if such(row[column]) {
				n++
			}
		}
	}
	return n > 0 && 2*n >= cells
}

// isOrigin reports whether a cell is a value of "Origin", which is the same in every
// language.
func isOrigin(text string) bool {
	return slices.Contains([]string{"web", "ws", "cli", "restore"}, strings.ToLower(text))
}

// get returns the cell of a column; nil where the file lacks it.
func (l *layout) get(cells [][]byte, c column) []byte {
	if l.cell[c] < 0 {
		return nil
	}
	return cells[l.cell[c]]
}

// name returns what the file calls a column.
func (l *layout) name(c column) string { return l.header[l.cell[c]] }
