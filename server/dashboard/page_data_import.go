package dashboard

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"glow/schema"
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
		return p.importFailed(up.form(), errors.Join(err, up.file.Close()))
	}
	form := up.form()
	form.Upload, form.Answer = up.id, &answer
	return p.showImport(status, form)
}

// importChecked imports what was checked.
func importChecked(p *pageRequest) error {
	up := p.d.sessions.release(p.session, p.fields.Get("upload"))
	if up == nil {
		return p.importFailed(ImportForm{}, schema.Errorf(schema.CodeConflict, "these files are not held any more; choose them again"))
	}
	answer, err := p.importUpload(up, false, p.fields.Get("skip_invalid") != "")
	form := up.form()
	switch {
	case err == nil:
		_ = up.file.Close() // a scratch file
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

// importUpload has the store importUpload, or try, an upload.
func (p *pageRequest) importUpload(up *upload, dryRun, skipInvalid bool) (schema.ImportResponse, error) {
	q := up.query
	q.DryRun, q.SkipInvalid = dryRun, skipInvalid
	return p.d.host.Import(p.Context(), p.caller, up.kind, q, io.NewSectionReader(up.file, up.start, up.size))
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
	return ImportForm{ImportQuery: up.query, Files: up.names, Size: up.size}
}

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
		return "The dates: " + what + ". Say below how they are meant, and choose the files again."
	}
	if f.NeedsKind() {
		return strings.TrimPrefix(f.Error, "as: ") + "."
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
