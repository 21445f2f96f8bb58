package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"glow/schema"
)

// mapCmds are the commands of `glow map`.
type mapCmds struct {
	List    endpointCmd[schema.Empty, schema.MappingsResponse] `cmd:"" help:"List the mappings by which files of other programs are read."`
	Show    mapShowCmd                                         `cmd:"" help:"Print a mapping as JSON."`
	Propose mapProposeCmd                                      `cmd:"" help:"Print a mapping to begin with for a file that nothing recognizes."`
	Save    mapSaveCmd                                         `cmd:"" help:"Keep a mapping, so that files like it go through by themselves."`
	Delete  mapDeleteCmd                                       `cmd:"" help:"Delete a mapping that is kept here."`
}

func newMapCmds() mapCmds {
	return mapCmds{
		List: command(schema.Mappings, showMappings, func(r schema.MappingsResponse) any { return mappingRows(r) }),
	}
}

// mappingRow is a line of the list of mappings.
type mappingRow struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	BuiltIn bool     `json:"built_in"`
	Makes   []string `json:"makes"`
	Columns []string `json:"columns"`
}

func mappingRows(r schema.MappingsResponse) []mappingRow {
	rows := []mappingRow{}
	for _, m := range r.Mappings {
		rows = append(rows, mappingRow{m.Name, m.Title, m.BuiltIn, m.Makes(), m.Columns})
	}
	return rows
}

func showMappings(p *page, _ schema.Empty, r schema.MappingsResponse) {
	p.line("%s.", plural(int64(len(r.Mappings)), "mapping"))
	rows := [][]string{}
	for _, m := range mappingRows(r) {
		kept := "kept here"
		if m.BuiltIn {
			kept = "part of glow"
		}
		rows = append(rows, []string{m.Name, m.Title, kept, strings.Join(m.Makes, ", "), strings.Join(m.Columns, ", ")})
	}
	p.grid("", columns("name@", "title~", "where", "makes~", "columns~"), rows)
}

// mapShowCmd prints one mapping.
type mapShowCmd struct {
	Name string `arg:"" help:"The mapping's name."`
}

// Run prints the mapping as it is saved again.
func (c *mapShowCmd) Run(a *app) error {
	client, err := a.open()
	if err != nil {
		return err
	}
	defer client.close()
	got, err := call(a.ctx, client, schema.Mappings, nil)
	if err != nil {
		return err
	}
	for _, m := range got.value.Mappings {
		if m.Name == c.Name {
			return writeMapping(a.out, m.Mapping)
		}
	}
	return fmt.Errorf("there is no mapping %q; glow map list lists them", clean(c.Name))
}

// writeMapping prints a mapping as JSON for people to edit.
func writeMapping(w io.Writer, m schema.Mapping) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = w.Write(indentJSON(text))
	return err
}

// mapProposeCmd proposes a mapping for a file.
type mapProposeCmd struct{ importFiles }

// Run looks at the file and prints the proposal; what it says in words goes to stderr.
func (c *mapProposeCmd) Run(a *app) error {
	client, err := a.open()
	if err != nil {
		return err
	}
	defer client.close()
	got, err := c.look(a, client)
	if err != nil {
		return err
	}
	one := got.value.Files[0]
	switch {
	case len(got.value.Files) > 1:
		return usagef("a mapping is proposed for one file at a time")
	case one.Mapping == nil && one.TakenFor != nil:
		return fmt.Errorf("%s needs no mapping: it is %s", clean(one.File), one.TakenFor.Title)
	case one.Mapping == nil:
		return fmt.Errorf("there is nothing to propose: no column says whose the rows are; %s", clean(one.Question))
	}
	for _, line := range one.Why {
		fmt.Fprintln(a.errs, clean(line))
	}
	return writeMapping(a.out, *one.Mapping)
}

// mapSaveCmd keeps a mapping.
type mapSaveCmd struct {
	Name string `arg:"" help:"The name to keep it under."`
	File string `arg:"" optional:"" help:"File with the mapping as JSON; - or nothing for stdin."`
}

// Run brings the mapping in as a record.
func (c *mapSaveCmd) Run(a *app) error {
	text, err := c.read(a)
	if err != nil {
		return err
	}
	client, err := a.open()
	if err != nil {
		return err
	}
	defer client.close()
	got, err := saveMapping(a, client, c.Name, text)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "The mapping %q is kept%s.\n", clean(c.Name), map[bool]string{true: ", as it was before", false: ""}[got.Unchanged > 0])
	return nil
}

func (c *mapSaveCmd) read(a *app) ([]byte, error) {
	in := io.Reader(a.in)
	if c.File != "" && c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, fileError(c.File, err)
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, 4*schema.MaxDefinition))
}

// saveMapping brings a mapping in as a record under a name.
func saveMapping(a *app, to *client, name string, text []byte) (schema.ImportResponse, error) {
	m, err := schema.ParseMapping(string(text), name)
	if err != nil {
		return schema.ImportResponse{}, err
	}
	definition, err := json.Marshal(m)
	if err != nil {
		return schema.ImportResponse{}, err
	}
	record, err := json.Marshal(map[string]string{"kind": schema.KindMapping, "id": name, "definition": string(definition)})
	if err != nil {
		return schema.ImportResponse{}, err
	}
	resp, err := to.do(a.ctx, schema.Import.Method, schema.Import.Path, requestBody{typ: schema.TypeJSON, r: bytes.NewReader(record), size: int64(len(record))})
	if err != nil {
		return schema.ImportResponse{}, err
	}
	got, err := decode[schema.ImportResponse](to, resp)
	return got.value, err
}

// mapDeleteCmd deletes a mapping.
type mapDeleteCmd struct {
	Name string `arg:"" help:"The mapping's name."`
}

// Run deletes the record.
func (c *mapDeleteCmd) Run(a *app) error {
	body, err := json.Marshal(schema.DeleteRequest{Kind: schema.KindMapping, ID: c.Name})
	if err != nil {
		return err
	}
	client, err := a.open()
	if err != nil {
		return err
	}
	defer client.close()
	if _, err := call(a.ctx, client, schema.Delete, body); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "The mapping %q is gone; what was taken in by it stays.\n", clean(c.Name))
	return nil
}

// mapText is what --map says: a name, or after @ the file that holds the mapping.
func mapText(value string) (string, error) {
	file, ok := strings.CutPrefix(value, "@")
	if !ok {
		return value, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fileError(file, err)
	}
	stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	m, err := schema.ParseMapping(string(text), "")
	if err != nil {
		m, err = schema.ParseMapping(string(text), stem) // one that has no name
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	compact, err := json.Marshal(m)
	return string(compact), err
}
