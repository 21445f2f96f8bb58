package dashboard

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats/mapping"
)

// mappingRow is a mapping as a row of a table.
type mappingRow struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Columns []string `json:"columns"`
	Makes   []string `json:"makes"` // kinds of records

	Definition *schema.Mapping `json:"definition"`
}

func mappingRows(mappings []*schema.Mapping) (rows []mappingRow) {
	for _, m := range mappings {
		rows = append(rows, mappingRow{m.Name, m.Title, m.Columns, m.Makes(), m})
	}
	return rows
}

// deleteMapping deletes a mapping that is kept. What came in by it stays.
func deleteMapping(p *pageRequest) error {
	name := p.fields.Get("name")
	if _, err := p.d.store.Delete(p.Context(), p.caller, schema.DeleteRequest{Kind: schema.KindMapping, ID: name}); err != nil {
		return err
	}
	return p.done("The mapping “"+name+"” is deleted. What came in by it stays.", pathData)
}

// maxMapped is how large a file may be whose mapping is tried at each choice, in bytes.
const maxMapped = 512 << 10

// mappedPart is what comes of a file by the mapping of the form.
type mappedPart struct {
	Import ImportForm
	Large  bool // too large to be tried at each choice
}

// tryMapping shows what comes of a held file by what the form says of its columns.
func tryMapping(p *pageRequest) error {
	up := p.d.sessions.held(p.session, p.fields.Get("upload"))
	if up == nil || up.size > maxMapped {
		return p.showPart("mapped", "content", &mappedPart{Large: up != nil})
	}
	data := &mappedPart{Import: up.form()}
	answer, err := p.tryHeld(up)
	switch message := inputError(err); {
	case errors.Is(err, os.ErrClosed): // other files were chosen meanwhile
	case message != "":
		data.Import.Error = message
	case err != nil:
		return err
	default:
		data.Import.Answer = &answer
	}
	return p.showPart("mapped", "content", data)
}

// tryHeld tries to import a held file as the form says.
func (p *pageRequest) tryHeld(up *upload) (answer schema.ImportResponse, err error) {
	q, err := importQuery(p.fields)
	if err != nil {
		return answer, err
	}
	up.query, up.keep = q.Of(up.query.File), false
	if up.query.Map, err = p.mappingOf(up); err != nil || up.query.Map == "" {
		return answer, err
	}
	return p.importUpload(up, true, true)
}

// mappingOf is the mapping that the form makes of what the columns mean; "" where it says of none.
func (p *pageRequest) mappingOf(up *upload) (string, error) {
	columns, means := p.fields["column"], p.fields["means"]
	if len(columns) != len(means) || !slices.ContainsFunc(means, func(m string) bool { return m != "" }) {
		return "", nil
	}
	name := strings.TrimSpace(p.fields.Get("map_name"))
	if name == "" {
		name = mapping.NameFor(up.query.File)
	}
	meanings := make([]mapping.Meaning, len(means))
	for i, m := range means {
		meanings[i] = mapping.Meaning(m)
	}
	m, _, err := mapping.Make(name, columns, meanings)
	if err != nil {
		return "", err
	}
	if proposed := p.proposed(up, means); proposed != nil { // which may say more
		proposed.Name, proposed.Title = m.Name, m.Title
		if proposed.Prefix != "" {
			proposed.Prefix = m.Name
		}
		m = proposed
	}
	if err := p.checkFree(up, m); err != nil {
		return "", err
	}
	text, err := json.Marshal(m)
	return string(text), err
}

// checkFree checks that keeping a mapping takes the place of no other.
func (p *pageRequest) checkFree(up *upload, m *schema.Mapping) error {
	if !up.keep {
		return nil
	}
	kept, err := p.d.store.Mappings(p.Context())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(kept, func(other *schema.Mapping) bool {
		return other.Name == m.Name && !slices.Equal(other.Columns, m.Columns)
	}) {
		return schema.Invalid("map_name", "%q is the name of a mapping of other columns; choose another", schema.Clip(m.Name))
	}
	return nil
}

// proposed is the mapping that was proposed for a held file, if it is that of the meanings.
func (p *pageRequest) proposed(up *upload, means []string) *schema.Mapping {
	q := up.query
	q.Map, q.As = "", schema.AsAuto
	looked, err := p.d.host.Look(p.Context(), up.kind, q, up.content())
	if err != nil {
		return nil
	}
	for _, one := range looked.Files {
		same := one.Proposed && slices.EqualFunc(one.Columns, means, func(c schema.LookedColumn, m string) bool { return c.Means == m })
		if same {
			return one.Mapping
		}
	}
	return nil
}

// keepMapping keeps the mapping by which files were read, if that was asked for.
func (p *pageRequest) keepMapping(up *upload) error {
	if !up.keep || up.query.Map == "" {
		return nil
	}
	m, err := schema.ParseMapping(up.query.Map, "")
	if err != nil {
		return err
	}
	r := schema.KindNamed(schema.KindMapping).NewRecord()
	r.Put("id", m.Name)
	r.Put("definition", up.query.Map)
	_, err = p.d.host.Put(p.Context(), p.caller, func(yield func(*schema.Record, error) bool) { yield(&r, nil) })
	return err
}
