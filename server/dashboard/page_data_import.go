package dashboard

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"

	"glow/schema"
)

// checkImport takes files, says what importing them would do, and holds them.
func checkImport(p *pageRequest) error {
	up, err := p.receive()
	if err != nil {
		return p.importFailed(up.form(), err)
	}
	return p.offer(up, http.StatusOK, "")
}

// offer shows what importing an upload would do. The faulty records are left out
// of the try, so that it tells of all of them. trouble is what is wrong beside the files.
func (p *pageRequest) offer(up *upload, status int, trouble string) error {
	answer, err := p.importUpload(up, true, true)
	if answer.Preview != nil {
		up.newPeople = answer.Preview.NewPeople
	}
	if err == nil {
		err = p.d.sessions.holdUpload(p.session, up)
	}
	if err != nil {
		return p.askAbout(up, err)
	}
	form := up.form()
	form.Upload, form.Answer, form.Error, form.Same = up.id, &answer, trouble, up.same
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
	return p.offer(up, http.StatusOK, "")
}

// errNotHeld says that files were given up.
var errNotHeld = schema.Errorf(schema.CodeConflict, "these files are not held any more; choose them again")

// importChecked imports what was checked.
func importChecked(p *pageRequest) error {
	up := p.d.sessions.release(p.session, p.fields.Get("upload"))
	if up == nil {
		return p.importFailed(ImportForm{}, errNotHeld)
	}
	joins, err := p.joinedPeople(up)
	if why := inputError(err); why != "" {
		return p.offer(up, http.StatusUnprocessableEntity, why)
	}
	answer, skip := schema.ImportResponse{}, p.fields.Get("skip_invalid") != ""
	if err == nil && len(joins) > 0 { // nobody is made one with somebody for an import that fails
		if answer, err = p.importUpload(up, true, skip); err == nil {
			answer, err = schema.ImportResponse{}, p.joinPeople(joins)
		}
	}
	if err == nil {
		answer, err = p.importUpload(up, false, skip)
	}
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
		return p.offer(up, http.StatusUnprocessableEntity, "")
	}
	if gone := p.d.sessions.holdUpload(p.session, up); gone != nil { // for another try
		return errors.Join(gone, up.file.Close())
	}
	return p.importFailed(form, err)
}

// joined is somebody new in the files who is the same person as somebody known.
type joined struct {
	schema.NewPerson
	into string
}

// joinedPeople reads who of the new people that the check listed is somebody known, by id or by a
// name that one person alone has.
func (p *pageRequest) joinedPeople(up *upload) (list []joined, err error) {
	ids, same := p.fields["new_id"], p.fields["same_as"]
	if len(ids) != len(same) {
		return nil, schema.Invalid("same_as", "does not belong to the people of the form")
	}
	if !slices.ContainsFunc(same, func(text string) bool { return schema.NormalID(text) != "" }) {
		return nil, nil
	}
	people, err := p.d.store.People(p.Context())
	if err != nil {
		return nil, err
	}
	up.same = map[string]string{}
	for i, id := range ids {
		if up.same[id] = schema.NormalID(same[i]); up.same[id] == "" {
			continue
		}
		if !p.mayAsk(pathMerge) {
			return nil, schema.Errorf(schema.CodeForbidden, "only an admin says who is the same person")
		}
		at := slices.IndexFunc(up.newPeople, func(one schema.NewPerson) bool { return one.ProfileID == id })
		if at < 0 {
			return nil, schema.Invalid("same_as", "%q was not among the new people", schema.Clip(id))
		}
		into, err := knownPerson(people, up.same[id])
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(people, func(one schema.PersonItem) bool { return one.ProfileID == id }) {
			return nil, schema.Errorf(schema.CodeConflict, "%q came in meanwhile; make the two one person on the page for that", schema.Clip(id))
		}
		list = append(list, joined{up.newPeople[at], into})
	}
	return list, nil
}

// knownPerson returns the id of the person who has an id, or alone has a name.
func knownPerson(people []schema.PersonItem, text string) (id string, err error) {
	var named []string
	for _, one := range people {
		if one.ProfileID == text {
			return text, nil
		}
		if schema.Fold(one.Name) == schema.Fold(text) {
			named = append(named, one.ProfileID)
		}
	}
	if len(named) == 1 {
		return named[0], nil
	}
	return "", schema.Errorf(schema.CodeInvalid, "nobody, or more than one person, is called %q; enter an id", schema.Clip(text))
}

// joinPeople makes people of the files one person with people who are known, before the import,
// which then names these.
func (p *pageRequest) joinPeople(list []joined) error {
	for _, one := range list {
		fields := url.Values{"id": {one.ProfileID}, "name": {one.Name}}
		if one.Email != nil {
			fields.Set("email", *one.Email)
		}
		if _, err := p.d.host.Put(p.Context(), p.caller, formRecord(schema.KindNamed(schema.KindProfile), fields)); err != nil {
			return err
		}
		if _, err := p.d.store.Merge(p.Context(), p.caller, schema.MergeRequest{From: one.ProfileID, Into: one.into}); err != nil {
			return err
		}
	}
	return nil
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
	if form.Answer != nil && len(form.NewPeople()) > 0 && p.mayAsk(pathMerge) {
		if data.KnownPeople, err = p.d.store.People(p.Context()); err != nil {
			return err
		}
		data.KnownPeople = data.KnownPeople[:min(len(data.KnownPeople), maxSuggested)]
	}
	return p.showWith(status, "data", data)
}

// maxSuggested is the most people whom a field suggests; any other can be typed.
const maxSuggested = 2_000

// form is what the page says of an upload.
func (up *upload) form() ImportForm {
	return ImportForm{ImportQuery: up.query, Files: up.names, Size: up.size, Keep: up.keep}
}

// content is the input.
func (up *upload) content() *io.SectionReader { return io.NewSectionReader(up.file, up.start, up.size) }
