package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"glow/schema"
)

// lookCmd says what files are.
type lookCmd struct{ importFiles }

// Run looks at the files and prints what they are.
func (c *lookCmd) Run(a *app) error {
	client, err := a.open()
	if err != nil {
		return err
	}
	defer client.close()
	got, err := c.look(a, client)
	if err != nil {
		return err
	}
	if a.format() == formatJSON {
		_, err = a.out.Write(indentJSON(got.raw))
		return err
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
		example := ""
		for _, row := range one.Rows {
			if i < len(row) && row[i] != "" {
				example = row[i]
				break
			}
		}
		rows = append(rows, []string{c.Name, c.Holds, strings.Join(c.Gives, ", "), example})
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
