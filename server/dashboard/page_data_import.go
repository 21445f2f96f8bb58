package dashboard

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats/mapping"
)

// ImportForm is an import on its way: what was chosen, and what came of it.
type ImportForm struct {
	schema.ImportQuery
	Files  []string               // names of what is held
	Size   int64                  // of it
	Upload string                 // id of what is held, to be taken; "" when nothing is
	Answer *schema.ImportResponse // of the check, or of the import
	Taken  bool                   // it was the import
	Error  string
	Looked *schema.LookedAt // of files that nothing recognizes: the first
	Keep   bool             // the mapping is to be kept
}

// checkImport takes files, says what importing them would do, and holds them.
func checkImport(p *pageRequest) error {
	up, err := p.receive()
	if err != nil {
		return p.importFailed(up.form(), err)
	}
	return p.offer(up, http.StatusOK)
}

// offer shows what importing an upload would do. The faulty records are left out
// of the try, so that it tells of all of them.
func (p *pageRequest) offer(up *upload, status int) error {
	answer, err := p.importUpload(up, true, true)
	if err == nil {
		err = p.d.sessions.holdUpload(p.session, up)
	}
	if err != nil {
		return p.askAbout(up, err)
	}
	form := up.form()
	form.Upload, form.Answer = up.id, &answer
	return p.showImport(status, form)
}

// askAbout says why files cannot be taken as they are. They stay, for a check with other answers; of those
// that nothing recognizes the page shows the columns.
func (p *pageRequest) askAbout(up *upload, why error) error {
	form := up.form()
	if schema.ErrorCode(why) != schema.CodeInvalid {
		return p.importFailed(form, errors.Join(why, up.file.Close()))
	}
	looked, err := p.d.host.Look(p.Context(), up.kind, up.query, up.content())
	if err == nil {
		err = p.d.sessions.holdUpload(p.session, up)
	}
	if err != nil {
		return p.importFailed(form, errors.Join(why, err, up.file.Close()))
	}
	for i := range looked.Files {
		if one := &looked.Files[i]; one.TakenFor == nil && len(one.Columns) > 0 && form.Looked == nil {
			form.Looked = one
		}
	}
	form.Upload = up.id
	return p.importFailed(form, why)
}

// checkAgain checks files that are held, with other answers.
func checkAgain(p *pageRequest) error {
	up := p.d.sessions.release(p.session, p.fields.Get("upload"))
	if up == nil {
		return p.importFailed(ImportForm{}, errNotHeld)
	}
	q, err := importQuery(p.fields)
	if err == nil {
		up.query, up.keep = q.Of(up.query.File), p.fields.Get("keep") != ""
		up.query.Map, err = p.mappingOf(up)
	}
	if err != nil {
		return p.askAbout(up, err)
	}
	return p.offer(up, http.StatusOK)
}

// errNotHeld says that files were given up.
var errNotHeld = schema.Errorf(schema.CodeConflict, "these files are not held any more; choose them again")

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

// importChecked imports what was checked.
func importChecked(p *pageRequest) error {
	up := p.d.sessions.release(p.session, p.fields.Get("upload"))
	if up == nil {
		return p.importFailed(ImportForm{}, errNotHeld)
	}
	answer, err := p.importUpload(up, false, p.fields.Get("skip_invalid") != "")
	form := up.form()
	switch {
	case err == nil:
		_ = up.file.Close() // a scratch file
		if err := p.keepMapping(up); err != nil {
			return p.importFailed(form, err)
		}
		form.Answer, form.Taken = &answer, true
		return p.showImport(http.StatusOK, form)
	case answer.Rejected > 0:
		return p.offer(up, http.StatusUnprocessableEntity)
	}
	if gone := p.d.sessions.holdUpload(p.session, up); gone != nil { // for another try
		return errors.Join(gone, up.file.Close())
	}
	return p.importFailed(form, err)
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

// importUpload has the store importUpload, or try, an upload.
func (p *pageRequest) importUpload(up *upload, dryRun, skipInvalid bool) (schema.ImportResponse, error) {
	q := up.query
	q.DryRun, q.SkipInvalid = dryRun, skipInvalid
	return p.d.host.Import(p.Context(), p.caller, up.kind, q, up.content())
}

// importFailed says on the page why an import cannot be, where the files or the
// disk are at fault.
func (p *pageRequest) importFailed(form ImportForm, err error) error {
	var refusal *schema.Error
	if !errors.As(err, &refusal) || !slices.Contains([]schema.Code{
		schema.CodeInvalid, schema.CodeConflict, schema.CodeMalformed, schema.CodeMediaType, schema.CodeTooLarge, schema.CodeNoSpace,
	}, refusal.Code) {
		return err
	}
	form.Error = cmp.Or(inputError(refusal), refusal.Error())
	return p.showImport(refusal.Code.Refusal().Status, form)
}

func (p *pageRequest) showImport(status int, form ImportForm) error {
	data, err := p.dataPage()
	if err != nil {
		return err
	}
	data.Import = form
	return p.showWith(status, "data", data)
}

// form is what the page says of an upload.
func (up *upload) form() ImportForm {
	return ImportForm{ImportQuery: up.query, Files: up.names, Size: up.size, Keep: up.keep}
}

// content is the input.
func (up *upload) content() *io.SectionReader { return io.NewSectionReader(up.file, up.start, up.size) }

// Asks reports whether files are held that cannot be taken as they are.
func (f ImportForm) Asks() bool { return f.Upload != "" && f.Answer == nil }

// Examples are the first different texts of a column.
func (f ImportForm) Examples(column int) string {
	var texts []string
	for _, row := range f.Looked.Rows {
		if column < len(row) && row[column] != "" && !slices.Contains(texts, row[column]) {
			texts = append(texts, schema.Clip(row[column]))
		}
		if len(texts) == maxExamples {
			break
		}
	}
	return strings.Join(texts, " · ")
}

// maxExamples is how many texts of a column the page shows.
const maxExamples = 3

// MapName is the name under which a mapping would be kept.
func (f ImportForm) MapName() string {
	if f.Looked != nil && f.Looked.Mapping != nil {
		return f.Looked.Mapping.Name
	}
	return mapping.NameFor(f.File)
}

// Meanings are what a column may mean.
func (f ImportForm) Meanings() []mapping.Meaning { return mapping.Meanings }

// NeedsKind reports whether the kind of the records is what was missing.
func (f ImportForm) NeedsKind() bool { return f.Kind == "" && strings.HasPrefix(f.Error, "as:") }

// NeedsDates reports whether the fault is in how dates are read.
func (f ImportForm) NeedsDates() bool {
	return strings.HasPrefix(f.Error, "date_order:") || strings.HasPrefix(f.Error, "year:")
}

// Trouble is the error, in the words of the form.
func (f ImportForm) Trouble() string {
	if what, _, asks := strings.Cut(f.Error, "; say which with --"); asks && f.NeedsDates() {
		_, what, _ = strings.Cut(what, ": ")
		return "The dates: " + what + ". Say below how they are meant."
	}
	if f.NeedsKind() {
		what, _, _ := strings.Cut(strings.TrimPrefix(f.Error, "as: "), "; say")
		return what + ". Say below what it is."
	}
	return f.Error
}

// Refused reports whether something is wrong with what was chosen.
func (f ImportForm) Refused() bool { return f.Answer != nil && f.Answer.Rejected > 0 }

// Good is how many records would be taken without the faulty ones.
func (f ImportForm) Good() int64 {
	return f.Answer.Inserted + f.Answer.Updated + f.Answer.Unchanged + f.Answer.Known
}

// KindTally is what became of the records of a kind.
type KindTally struct {
	Name string
	schema.Tally
}

// ByKind are the counts by kind, in the order of the kinds.
func (f ImportForm) ByKind() []KindTally {
	var rows []KindTally
	for _, k := range schema.Kinds {
		if t, ok := f.Answer.ByKind[k.Name]; ok {
			rows = append(rows, KindTally{kindName(k.Name), t})
		}
	}
	return rows
}

// FieldChanges counts the values of a field that change.
type FieldChanges struct {
	Kind, Field string
	Values      int64
}

// Changes are how many values of which field change, in the order of the kinds and
// their fields.
func (f ImportForm) Changes() []FieldChanges {
	var rows []FieldChanges
	for _, k := range schema.Kinds {
		for _, name := range k.Header() {
			if n := f.Answer.Changed[k.Name][name]; n > 0 {
				rows = append(rows, FieldChanges{kindName(k.Name), name, n})
			}
		}
	}
	return rows
}

// KindCount counts records of a kind.
type KindCount struct {
	Name    string
	Records int64
}

// Removed are how many records the rows of a log do not give any more, by kind.
func (f ImportForm) Removed() []KindCount {
	var rows []KindCount
	for _, k := range schema.Kinds {
		if n := f.Answer.Removed[k.Name]; n > 0 {
			rows = append(rows, KindCount{kindName(k.Name), n})
		}
	}
	return rows
}
