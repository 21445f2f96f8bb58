package dashboard

import (
	"iter"
	"slices"
	"strconv"

	"glow/schema"
)

// showData is where records come in and go out.
func showData(p *pageRequest) error {
	data, err := p.dataPage()
	if err != nil {
		return err
	}
	return p.show("data", data)
}

func (p *pageRequest) dataPage() (*dataPage, error) {
	f, _, err := p.filter(RangeAll)
	if err != nil {
		return nil, err
	}
	data := &dataPage{
		Filter: f, CanImport: p.mayAsk(pathCheck), CanExport: p.mayAsk(pathExport), IsAdmin: p.mayAsk(pathHoldings),
		Kinds: schema.KindNames(),
	}
	if data.RefreshedAt, err = p.d.store.RefreshedAt(p.Context()); err != nil {
		return nil, err
	}
	if data.IsAdmin {
		if data.Backups, err = p.d.store.BackupState(); err != nil {
			data.BackupFault = err.Error() // of the folder, not of what the page shows besides
		}
	}
	if p.mayAsk(pathExport) {
		if data.Horizons, err = p.horizonRows(f); err != nil {
			return nil, err
		}
		if data.SmallGroups, err = p.d.store.SmallGroups(p.Context(), p.scope()); err != nil {
			return nil, err
		}
	}
	data.layout = p.frame("Data", &f)
	p.setPath(&data.layout, pathData)
	return data, nil
}

// showHoldings counts what the file holds, which takes a while in a large one.
func showHoldings(p *pageRequest) error {
	data, err := p.dataPage()
	if err != nil {
		return err
	}
	if data.Records, err = p.d.store.Holdings(p.Context()); err != nil {
		return err
	}
	if p.Header.Get("HX-Request") == "" {
		return p.show("data", data)
	}
	return p.showPart("data", "holdings", data)
}

// exportFile sends a file.
func exportFile(p *pageRequest) error {
	options, err := p.options()
	if err != nil {
		return err
	}
	f, notes := ParseFilter(p.fields, options, p.today(), RangeAll)
	if len(notes) > 0 { // a file is kept: it must not be another one than was asked for
		return schema.Errorf(schema.CodeInvalid, "%s", notes[0])
	}
	marked := func(field string) bool { return p.fields.Get(field) != "" }
	req := schema.ExportRequest{
		Filter: f.Schema(), Kind: p.fields.Get("kind"), Pseudonymize: marked("pseudonymize"), PseudonymizeStrict: marked("pseudonymize_strict"),
	}
	req.PseudonymizeDepartments = req.Pseudonymized() && marked("pseudonymize_departments")
	if err := req.Validate(); err != nil {
		return err
	}
	return p.d.host.Export(p.w, p.Request, p.caller, req)
}

// refreshNow brings the summaries up to date.
func refreshNow(p *pageRequest) error {
	answer, err := p.d.host.Refresh(p.Context(), p.caller, schema.RefreshRequest{Full: p.fields.Get("full") != ""})
	if err != nil {
		return err
	}
	return p.done("The summaries are up to date: "+Count(answer.Rows, "row was", "rows were")+" computed.", pathData)
}

// putTerm takes a term in, or changes it.
func putTerm(p *pageRequest) error {
	_, err := p.d.host.Put(p.Context(), p.caller, termRecord(p.fields.Get))
	if message := inputError(err); message != "" {
		data, failed := p.dataPage()
		if failed != nil {
			return failed
		}
		data.Term = TermForm{ID: p.fields.Get("id"), Name: p.fields.Get("name"), StartsOn: p.fields.Get("starts_on"), EndsOn: p.fields.Get("ends_on"), Error: message}
		return p.showWith(schema.ErrorCode(err).Refusal().Status, "data", data)
	}
	if err != nil {
		return err
	}
	return p.done("The term “"+p.fields.Get("name")+"” is saved.", pathData+"#terms")
}

// termRecord makes the record of a term from the fields of a form.
func termRecord(field func(string) string) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		kind := schema.KindNamed(schema.KindTerm)
		r := &schema.Record{}
		r.Reset(kind)
		for i := range kind.Fields {
			f := &kind.Fields[i]
			v, err := f.Parse(field(f.Name), nil)
			if err != nil {
				yield(nil, schema.Fault{Kind: kind, Field: f.Name, Message: err.Error()})
				return
			}
			r.Values[i] = v
		}
		if err := r.Finish(); err != nil {
			yield(nil, err)
			return
		}
		yield(r, nil)
	}
}

// showAccess is who may come in, and who did what.
func showAccess(p *pageRequest) error {
	data, err := p.accessPage()
	if err != nil {
		return err
	}
	return p.show("access", data)
}

const auditPage = 50

func (p *pageRequest) accessPage() (*accessPage, error) {
	q := p.query("action", "who", "from", "to", "page")
	actions := schema.AuditActions()
	data := &accessPage{Action: Choice(q, "action", &p.notes, slices.Insert(slices.Clone(actions), 0, "")...), Actions: actions, TokenName: q.Get("who")}
	data.From, data.To = Dates(q, &p.notes)
	page := Whole(q, "page", 1, 1_000_000_000, 1, &p.notes)
	tokens, err := p.d.store.Tokens(p.Context())
	if err != nil {
		return nil, err
	}
	slices.Reverse(tokens.Data)
	audit, err := p.d.store.AuditList(p.Context(), schema.AuditRequest{
		Action: data.Action, TokenName: data.TokenName, DateFrom: data.From, DateTo: data.To,
		Paging: schema.Paging{Page: &page, PageSize: pointer(auditPage)},
	})
	if err != nil {
		return nil, err
	}
	if data.Options, err = p.options(); err != nil {
		return nil, err
	}
	data.Tokens, data.Entries = tokens.Data, audit.Data
	data.layout = p.frame("Access", nil, "action", data.Action, "who", data.TokenName, "from", data.From, "to", data.To, "page", unless(strconv.Itoa(page), "1"))
	p.setPath(&data.layout, pathAccess)
	data.Pager = data.PagerOf(audit.Page, "page", "entries")
	return data, nil
}

// createToken makes a token. The page that shows it is the only one that ever does.
func createToken(p *pageRequest) error {
	req := schema.TokenCreateRequest{
		Name: p.fields.Get("name"), Role: p.fields.Get("role"), DepartmentIDs: p.fields["department"],
		ProfileID: p.fields.Get("profile_id"), ExpiresAt: p.fields.Get("expires_at"), MayChange: p.fields["may_change"],
	}
	var made schema.TokenCreateResponse
	err := req.Validate()
	if err == nil {
		made, err = p.d.store.CreateToken(p.Context(), p.caller, req)
	}
	message := inputError(err)
	if err != nil && message == "" {
		return err
	}
	data, failed := p.accessPage()
	if failed != nil {
		return failed
	}
	if message != "" {
		data.Form = TokenForm{TokenCreateRequest: req, Error: message}
		return p.showWith(schema.ErrorCode(err).Refusal().Status, "access", data)
	}
	data.Secret, data.Made = made.Secret, made.Name
	return p.show("access", data)
}

// revokeToken ends a token.
func revokeToken(p *pageRequest) error {
	if _, err := p.d.store.RevokeToken(p.Context(), p.caller, schema.TokenRevokeRequest{TokenID: p.fields.Get("token_id")}); err != nil {
		return err
	}
	return p.done("The token opens nothing any more.", pathAccess)
}
