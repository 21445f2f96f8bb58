package moodle

import (
	"fmt"
	"slices"
	"strings"

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
	columnName
	columnAffected
	columnDescription
	columnCount
)

// layout says which cell of a row holds which column.
type layout struct {
	report bool
	header []string         // names of the columns, as the file has them
	cell   [columnCount]int // -1 where the file lacks the column
}

// The columns by name, without blanks and in lower case.
var (
	tableColumns = map[string]column{
		"timecreated": columnTime, "eventname": columnEvent, "userid": columnUser, "id": columnID,
		"realuserid": columnReal, "relateduserid": columnRelated, "objectid": columnObject,
		"contextinstanceid": columnModule, "origin": columnOrigin,
	}
	reportColumns = map[string]column{
		"time": columnTime, "eventname": columnEvent, "userfullname": columnName,
		"affecteduser": columnAffected, "description": columnDescription, "origin": columnOrigin,
	}
	tableNeeds  = []string{"eventname", "userid", "timecreated"}
	reportNeeds = []string{"Time", "User full name", "Affected user", "Event context", "Component", "Event name", "Description"}
)

// readLayout tells the shape of a file by its header. Columns that we do not
// know are passed over: tables are often joined with others before they are
// handed on, and some programs put an index column without a name in front.
func readLayout(cells [][]byte) (*layout, error) {
	l := &layout{header: make([]string, len(cells))}
	keys := make([]string, len(cells))
	for i, cell := range cells {
		l.header[i] = eventlog.Clean(cell)
		keys[i] = eventlog.ColumnKey(l.header[i])
	}
	missing := func(needs []string) []string {
		var out []string
		for _, name := range needs {
			if !slices.Contains(keys, eventlog.ColumnKey(name)) {
				out = append(out, name)
			}
		}
		return out
	}
	noTable, noReport := missing(tableNeeds), missing(reportNeeds)
	if len(noTable) > 0 && len(noReport) > 0 {
		lacks := noTable
		if len(noReport) < len(reportNeeds)-1 { // more than the event's name, which both have
			lacks = noReport
		}
		return nil, fmt.Errorf("the header is not that of a Moodle log, it lacks %s; expected are the columns of the table mdl_logstore_standard_log, at least %s, or those of the report \"Logs\" in English: %s, Origin, IP address",
			strings.Join(lacks, ", "), strings.Join(tableNeeds, ", "), strings.Join(reportNeeds, ", "))
	}
	columns := tableColumns
	if len(noTable) > 0 {
		l.report, columns = true, reportColumns
	}
	for c := range l.cell {
		l.cell[c] = -1
	}
	for i, key := range keys {
		c, known := columns[key]
		if !known {
			continue
		}
		if l.cell[c] >= 0 {
			return nil, fmt.Errorf("the column %q is there twice", l.header[i])
		}
		l.cell[c] = i
	}
	return l, nil
}

// get returns the cell of a column; nil where the file lacks it.
func (l *layout) get(cells [][]byte, c column) []byte {
	if l.cell[c] < 0 {
		return nil
	}
	return cells[l.cell[c]]
}

// trim takes empty cells behind the last column off a row.
func (l *layout) trim(cells [][]byte) [][]byte {
	for len(cells) > len(l.header) && eventlog.Empty(cells[len(cells)-1]) {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// name returns what the file calls a column.
func (l *layout) name(c column) string { return l.header[l.cell[c]] }
