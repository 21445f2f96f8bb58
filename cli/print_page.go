package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"glow/schema"
)

// page is a sheet of lines and tables for a person to read. Whatever is put on
// it is made harmless for a terminal.
type page struct {
	zone  *time.Location // of the times it shows
	width int            // of the terminal it is for; 0 where there is none, and nothing is cut
	b     bytes.Buffer
}

// none stands where there is nothing to show.
const none = "–"

// Most columns of a terminal that a text takes however wide the terminal is.
const (
	maxNameWidth    = 40
	maxMessageWidth = 60
)

func (p *page) writeTo(w io.Writer) error {
	_, err := w.Write(p.b.Bytes())
	return err
}

// line adds a line of text.
func (p *page) line(format string, args ...any) {
	p.b.WriteString(clean(fmt.Sprintf(format, args...)))
	p.b.WriteByte('\n')
}

// gap adds an empty line, unless there is one or nothing stands above it.
func (p *page) gap() {
	if p.b.Len() > 0 && !bytes.HasSuffix(p.b.Bytes(), []byte("\n\n")) {
		p.b.WriteByte('\n')
	}
}

// column is a column of a table. The last character of a name may tell what the
// column holds.
type column struct {
	name string
	kind byte // one of the kinds below; 0: anything else
}

const (
	kindNumber = '#'
	kindID     = '@' // an id, or another thing that a narrow terminal does first without
	kindLong   = '~' // a text that may be cut
)

func columns(names ...string) []column {
	out := make([]column, len(names))
	for i, name := range names {
		out[i].name = strings.TrimRight(name, "#@~")
		if out[i].name != name {
			out[i].kind = name[len(name)-1]
		}
	}
	return out
}

// grid adds a table under a title; without rows there is none. Cells never
// break: ids are for copying. On a terminal the table is no wider than that.
func (p *page) grid(title string, cols []column, rows [][]string) {
	p.gap()
	if title != "" {
		p.line("%s", title)
	}
	if len(rows) == 0 {
		return
	}
	for _, cells := range rows {
		for i, cell := range cells {
			cells[i] = clean(cell)
		}
	}
	note := ""
	if p.width > 0 {
		cols, rows, note = shrink(cols, rows, p.width)
	}
	t := table.NewWriter()
	t.SetStyle(gridStyle())
	header := make(table.Row, len(cols))
	configs := make([]table.ColumnConfig, len(cols))
	for i, c := range cols {
		header[i] = c.name
		configs[i] = table.ColumnConfig{Number: i + 1}
		if c.kind == kindNumber {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	for _, cells := range rows {
		row := make(table.Row, len(cells))
		for i, cell := range cells {
			row[i] = cell
		}
		t.AppendRow(row)
	}
	for line := range strings.Lines(t.Render() + "\n") {
		p.b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if note != "" {
		p.line("%s", note)
	}
}

// gridStyle is a table without lines but one under the header.
func gridStyle() table.Style {
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options = table.Options{SeparateHeader: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	return style
}

// pairs adds a list of names with their values.
func (p *page) pairs(pairs ...[2]string) {
	width := 0
	for _, pair := range pairs {
		width = max(width, len(pair[0]))
	}
	for _, pair := range pairs {
		p.line("%-*s  %s", width, pair[0], pair[1])
	}
}

// time prints i in the page's zone, to the second.
func (p *page) time(i schema.Instant) string {
	return i.Time().In(p.zone).Format("2006-01-02 15:04:05")
}

func (p *page) timeOrNone(i *schema.Instant) string {
	if i == nil {
		return none
	}
	return p.time(*i)
}

// truncate shortens a text that may be long to so many columns of a terminal. What is
// not for a terminal is whole.
func (p *page) truncate(s string, most int) string {
	if p.width == 0 {
		return s
	}
	return text.Snip(clean(s), most, "…")
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func orNone(s *string) string {
	if s == nil || *s == "" {
		return none
	}
	return *s
}

// indentJSON returns an answer in a form to read. Nothing but white space changes.
func indentJSON(raw []byte) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(raw), "", "  "); err != nil {
		return raw
	}
	b.WriteByte('\n')
	return b.Bytes()
}
