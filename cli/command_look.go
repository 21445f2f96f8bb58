package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// lookCmd says what files are.
type lookCmd struct {
	importFiles
	outputFlags
}

// Run looks at the files and prints what they are.
func (c *lookCmd) Run(a *app) error {
	if err := c.outputFlags.check(a); err != nil { // before the instance does the work
		return err
	}
	client, err := a.open()
	if err != nil {
		return err
	}
	defer client.close()
	got, err := c.look(a, client)
	if err != nil {
		return err
	}
	return c.outputFlags.write(a, func() error { return printLooked(a, got) })
}

// printLooked prints what files are in the format asked for; the columns are the main list.
func printLooked(a *app, got answer[schema.LookResponse]) error {
	switch a.format() {
	case formatJSON:
		_, err := a.out.Write(indentJSON(got.raw))
		return err
	case formatCSV:
		return a.printCSV(time.UTC, lookedRows(got.value))
	case formatXLSX:
		return a.printWorkbook(time.UTC, nil, "columns", lookedRows(got.value))
	}
	sheet := &page{width: widthOf(a.out)}
	for i := range got.value.Files {
		if i > 0 {
			sheet.gap()
		}
		showLooked(sheet, &got.value.Files[i])
	}
	return sheet.writeTo(a.out)
}

// lookedRow is one column of a file.
type lookedRow struct {
	File    string   `json:"file"`
	Column  string   `json:"column"`
	Holds   string   `json:"holds"`
	Gives   []string `json:"gives"`
	Example string   `json:"example"`
}

// lookedRows are the columns of all files.
func lookedRows(r schema.LookResponse) []lookedRow {
	rows := []lookedRow{}
	for _, one := range r.Files {
		for i, c := range one.Columns {
			rows = append(rows, lookedRow{one.File, c.Name, c.Holds, c.Gives, exampleOf(&one, i)})
		}
	}
	return rows
}

// exampleOf is what a column holds in the first row where it is not empty.
func exampleOf(one *schema.LookedAt, column int) string {
	for _, row := range one.Rows {
		if column < len(row) && row[column] != "" {
			return row[column]
		}
	}
	return ""
}

// look asks what the files are.
func (c *importFiles) look(a *app, to *client) (got answer[schema.LookResponse], err error) {
	in, err := c.input(a)
	if err != nil {
		return got, err
	}
	defer in.close()
	if in.query.Get("as") == "" && in.query.Get("map") == "" {
		in.query.Set("as", schema.AsAuto)
		in.query.Del("kind")
	}
	return send(a, to, schema.Look, in)
}

// showLooked shows what a file is, its columns, and what its first rows would give.
func showLooked(p *page, one *schema.LookedAt) {
	switch {
	case one.TakenFor != nil:
		p.line("%s: %s (%s); %s.", one.File, one.TakenFor.Title, one.TakenFor.As, one.TakenFor.Why)
	default:
		p.line("%s: %s", one.File, one.Question)
	}
	if one.Proposed {
		p.line("A proposal, which glow map propose prints:")
		for _, line := range one.Why {
			p.line("  %s", line)
		}
	}
	rows := [][]string{}
	for i, c := range one.Columns {
		rows = append(rows, []string{c.Name, c.Holds, strings.Join(c.Gives, ", "), exampleOf(one, i)})
	}
	p.gap()
	p.grid("", columns("column~", "holds", "gives~", "for example~"), rows)
	if len(one.Records) > 0 {
		p.gap()
		p.line("The first records:")
		for _, r := range one.Records {
			p.line("  %s", recordLine(r))
		}
	}
}

// recordLine is a record in one line.
func recordLine(r map[string]any) string {
	text := fmt.Sprint(r["kind"])
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if name != "kind" {
			text += fmt.Sprintf(" %s=%v", name, r[name])
		}
	}
	return text
}
