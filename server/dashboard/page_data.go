package dashboard

import (
	"net/url"

	"glow/schema"
)

// dataPage is where records come in and go out.
type dataPage struct {
	layout
	Filter      Filter
	CanImport   bool
	CanExport   bool
	IsAdmin     bool
	Import      ImportForm
	Kinds       []string            // of records
	KnownPeople []schema.PersonItem // whom somebody new may be; for admins, and only where somebody is new
	LastImport  *schema.PastImport  // nil: there is none, or it is not for whoever asks
	Term        TermForm
	Mappings    []*schema.Mapping // that are kept here, for those who may delete them
	RefreshedAt *schema.Instant
	Backups     *schema.BackupState // of the schedule; nil: there is none
	BackupFault string
	Records     map[string]int64   // nil: they come later
	Inbox       *schema.InboxState // nil: there is none, or it is not for whoever asks

	SmallGroups int64 // of people that may be recognised in spite of pseudonyms

	Horizons []HorizonRow // nil: they are not for whoever asks
	as       *fileFormat  // in which a list of the page is asked for; nil: the page is
	q        url.Values

	SaidUntil  string // what was entered of a horizon and is wrong
	SaidFaulty string // why
}

// showData is where records come in and go out.
func showData(p *pageRequest) error {
	data, err := p.dataPage()
	if err != nil {
		return err
	}
	if data.as != nil {
		return p.sendData(data)
	}
	return p.show("data", data)
}

func (p *pageRequest) dataPage() (*dataPage, error) {
	f, q, err := p.filter(RangeAll, paramAs, paramList)
	if err != nil {
		return nil, err
	}
	as, err := p.askedFormat(q)
	if err != nil {
		return nil, err
	}
	data := &dataPage{
		Filter: f, CanImport: p.mayAsk(pathCheck), CanExport: p.mayAsk(pathExport), IsAdmin: p.mayAsk(pathHoldings),
		Kinds: schema.KindNames(), as: as, q: q,
	}
	if data.RefreshedAt, err = p.d.store.RefreshedAt(p.Context()); err != nil {
		return nil, err
	}
	if data.IsAdmin {
		data.Inbox = p.d.host.Inbox()
		if data.LastImport, err = p.d.store.LastImport(p.Context()); err != nil {
			return nil, err
		}
		if data.Mappings, err = p.d.store.Mappings(p.Context()); err != nil {
			return nil, err
		}
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
	data.layout = p.layout("Data", &f, nil)
	p.setPath(&data.layout, pathData)
	return data, nil
}

// sendData sends a list of the page as a file, of those that the caller sees there.
func (p *pageRequest) sendData(data *dataPage) (err error) {
	lists := []listFile{}
	if data.Horizons != nil {
		lists = append(lists, sliceList("horizons", nil, data.Horizons))
	}
	if data.IsAdmin {
		if data.Records, err = p.d.store.Holdings(p.Context()); err != nil {
			return err
		}
		lists = append(lists, sliceList("records", nil, data.Holdings()), sliceList("terms", nil, data.Filter.Options.TermOptions), sliceList("mappings", nil, mappingRows(data.Mappings)))
	}
	if len(lists) == 0 {
		return schema.Invalid(paramAs, "is of a list, and this page has none for you")
	}
	return p.sendNamed(data.as, data.q, lists...)
}

// Holding is one kind of records.
type Holding struct {
	Name string `json:"kind"`
	Doc  string `json:"what_they_are"`
	Rows int64  `json:"records"`
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

// Holdings are the kinds and how many records there are of each.
func (d *dataPage) Holdings() []Holding {
	var list []Holding
	for _, k := range schema.Kinds {
		list = append(list, Holding{kindName(k.Name), k.Doc, d.Records[k.Name]})
	}
	return list
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
