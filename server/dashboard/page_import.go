package dashboard

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"glow/schema"
	"glow/store"
)

// upload is what somebody wants to import: checked already, held until they say so.
type upload struct {
	id    string
	file  *store.TempFile
	start int64 // where in the file it begins
	size  int64
	kind  string // content type
	query schema.ImportQuery
	names []string
	over  *time.Timer // lets go of it while it is held
}

// discard gives the room of an upload back.
func (up *upload) discard() {
	if up.over != nil {
		up.over.Stop()
	}
	_ = up.file.Close() // a scratch file
}

// form is what the page says of an upload.
func (up *upload) form() ImportForm {
	return ImportForm{ImportQuery: up.query, Files: up.names, Size: up.size}
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

// holdUpload keeps an upload until it is taken, another comes, the visit ends, or nobody
// came back for it: its room on the disk is not theirs for the day.
func (v *webSessions) holdUpload(one *webSession, up *upload) error {
	var before *upload
	there := v.with(one, func() {
		before, one.upload = one.upload, up
		up.over = time.AfterFunc(v.hold, func() {
			if late := v.release(one, up.id); late != nil {
				late.discard()
			}
		})
	})
	if !there {
		return errSignIn
	}
	if before != nil {
		before.discard()
	}
	return nil
}

// release returns the upload that a visit holds, if it is that one.
func (v *webSessions) release(one *webSession, id string) (up *upload) {
	v.with(one, func() {
		if held := one.upload; held != nil && held.id == id {
			up, one.upload = held, nil
			up.over.Stop()
		}
	})
	return up
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
