package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// importCmd takes records in.
type importCmd struct {
	importFiles
	outputFlags
}

// importFiles are the files of an import, and what is said of them. The flag --timezone is the global one.
type importFiles struct {
	query[schema.ImportQuery]
	Type  string   `oneof:"csv,xlsx,ndjson,json,zip" help:"What stdin holds, or a file whose name does not tell. Default: its content tells."`
	Files []string `arg:"" name:"file" help:"Files to take in together, all or nothing; - for stdin."`
}

// Run imports.
func (c *importCmd) Run(a *app) error {
	if err := c.outputFlags.check(a); err != nil { // before the instance does the work
		return err
	}
	in, err := c.input(a)
	if err != nil {
		return err
	}
	defer in.close()
	client, err := a.open()
	if err != nil {
		return err
	}
	defer client.close()
	got, err := c.sendAsking(a, client, in)
	if err != nil {
		return err
	}
	return c.outputFlags.write(a, func() error { return printImported(a, got) })
}

// printImported prints what became of an import in the format asked for.
func printImported(a *app, got answer[schema.ImportResponse]) error {
	switch a.format() {
	case formatJSON:
		_, err := a.out.Write(indentJSON(got.raw))
		return err
	case formatCSV:
		return a.printCSV(time.UTC, countsByKind(got.value))
	case formatXLSX:
		return a.printWorkbook(time.UTC, nil, "import", countsByKind(got.value))
	}
	sheet := &page{}
	showImported(sheet, got.value)
	return sheet.writeTo(a.out)
}

// send sends the input and waits for what becomes of it.
func send[Resp any](a *app, to *client, e schema.Endpoint[schema.ImportQuery, Resp], in *input) (got answer[Resp], err error) {
	progress := a.progress(in.total, "sending")
	defer progress.end()
	body := requestBody{typ: in.typ, r: interruptible(a.ctx, io.TeeReader(in, progress)), size: in.size, large: true}
	resp, err := to.do(a.ctx, e.Method, e.Path+"?"+in.query.Encode(), body)
	if err != nil && a.ctx.Err() != nil {
		return got, a.ctx.Err()
	}
	if failure := in.failure.Load(); failure != nil {
		return got, fmt.Errorf("cannot read the input: %w", *failure)
	}
	if err != nil {
		return got, err
	}
	return decode[Resp](to, resp)
}

// input gathers the files and the query that goes with them.
func (c *importFiles) input(a *app) (*input, error) {
	query, err := c.values(a)
	if err != nil {
		return nil, err
	}
	if query.Has("map") {
		text, err := mapText(query.Get("map"))
		if err != nil {
			return nil, err
		}
		query.Set("map", text)
	}
	told := query.Get("from") != "" || query.Get("as") != "" || query.Has("map")
	var in *input
	if len(c.Files) == 1 {
		in, err = openSingle(a.in, c.Files[0], c.Type)
	} else {
		in, err = openSeveral(c.Files, told)
	}
	if err != nil {
		return nil, err
	}
	if !told && query.Get("kind") == "" {
		if kind := schema.KindOfFile(in.name); kind != nil && in.typ == schema.TypeCSV {
			query.Set("kind", kind.Name)
		} else if in.typ != schema.TypeNDJSON && !in.records { // its content tells what it is
			query.Set("as", schema.AsAuto)
		}
	}
	if in.name != "" {
		query.Set("file", in.name)
	}
	in.query = query
	return in, nil
}

// onlyFor reports whether the flags are right for inputs that are taken for something, though
// not for records whose files' names tell what they are.
func (c *importFiles) onlyFor(as string) bool {
	q := c.Req
	if c.Body != "" || q.From != "" || q.As != "" || q.Map != "" || q.Kind != "" {
		return false
	}
	q.As = as
	return q.Validate() == nil
}

// values returns the query string: what --body holds, and the flags over it.
func (c *importFiles) values(a *app) (url.Values, error) {
	body, err := c.body(a)
	auto := err != nil && c.onlyFor(schema.AsAuto)
	if err != nil && !auto {
		return nil, err
	}
	o, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	if auto {
		o = o.with(object{{"as", marshalFlag(reflect.ValueOf(schema.AsAuto))}})
	}
	if a.globals.Timezone != "" {
		if _, err := a.zone(); err != nil {
			return nil, err
		}
		o = o.with(object{{"timezone", marshalFlag(reflect.ValueOf(a.globals.Timezone))}})
	}
	return o.values()
}

// kindCounts is what became of the records of one kind.
type kindCounts struct {
	Kind string `json:"kind"`
	schema.Tally
}

// countsByKind lists the kinds of an import in table order.
func countsByKind(r schema.ImportResponse) []kindCounts {
	var out []kindCounts
	for _, name := range schema.KindNames() {
		if t, ok := r.ByKind[name]; ok {
			out = append(out, kindCounts{name, t})
		}
	}
	return out
}

func showImported(p *page, r schema.ImportResponse) {
	if r.DryRun {
		p.line("A dry run: nothing was changed.")
	}
	for _, one := range r.TakenFor {
		p.line("%s: taken for %s (%s); %s.", cmp.Or(one.File, "stdin"), one.Title, one.As, one.Why)
		if len(one.PassedOver) > 0 {
			p.line("  Passed over, since they mean nothing here: %s.", strings.Join(one.PassedOver, ", "))
		}
	}
	if r.DryRun && r.About != "" {
		p.line("%s.", r.About)
	}
	var rows [][]string
	for _, t := range append(countsByKind(r), kindCounts{"all", r.Tally}) {
		rows = append(rows, []string{t.Kind, number(t.Inserted), number(t.Updated), number(t.Unchanged), number(t.Rejected)})
	}
	p.grid("", columns("kind", "inserted#", "updated#", "unchanged#", "rejected#"), rows)
	if r.Known > 0 {
		p.gap()
		p.line("Of known records there were %s; a recorder is not told what of them changed.", number(r.Known))
	}
	showLines(p, "What changes of records that were known:", changedLines(r))
	showLines(p, "People who get another name:", renamedLines(r))
	showLines(p, "What the rows of the log do not give any more:", removedLines(r))
	if r.Skipped > 0 {
		p.gap()
		p.line("%s passed over:", plural(r.Skipped, "row"))
		for _, reason := range slices.Sorted(maps.Keys(r.SkippedReasons)) {
			p.line("  %d  %s", r.SkippedReasons[reason], reason)
		}
	}
	if len(r.Errors) > 0 {
		p.gap()
		p.line("%s rejected:", plural(r.Rejected, "record"))
		showFaults(p, r.Errors)
		if more := r.Rejected - int64(len(r.Errors)); more > 0 {
			p.line("  … and %d more", more)
		}
	}
}

// changedLines say how many values of which field change, in the order of the fields.
func changedLines(r schema.ImportResponse) (lines []string) {
	for _, k := range schema.Kinds {
		for _, name := range k.Header() {
			if n := r.Changed[k.Name][name]; n > 0 {
				lines = append(lines, fmt.Sprintf("%s: %s of %s", k.Name, plural(n, "value"), name))
			}
		}
	}
	return lines
}

// renamedLines say who gets which name.
func renamedLines(r schema.ImportResponse) (lines []string) {
	if r.Preview == nil {
		return nil
	}
	for _, one := range r.Preview.Renamed {
		lines = append(lines, fmt.Sprintf("%s: %s → %s", one.ProfileID, one.Name, one.NewName))
	}
	return lines
}

// removedLines say how many records the rows of a log do not give any more.
func removedLines(r schema.ImportResponse) (lines []string) {
	for _, k := range schema.Kinds {
		if n := r.Removed[k.Name]; n > 0 {
			lines = append(lines, plural(n, k.Name+" record"))
		}
	}
	return lines
}

// showLines shows lines under a heading, if there are any.
func showLines(p *page, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.gap()
	p.line("%s", heading)
	for _, line := range lines {
		p.line("  %s", line)
	}
}

// fileError is what went wrong with a file that was named.
func fileError(path string, err error) error {
	if wrapped, ok := err.(*os.PathError); ok {
		err = wrapped.Err
	}
	return fmt.Errorf("cannot read %s: %w", path, err)
}
