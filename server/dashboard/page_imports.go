package dashboard

import (
	"errors"

	"github.com/gorilla/mux"

	"glow/schema"
)

// importsPage lists the imports of the history.
type importsPage struct {
	layout
	Imports []schema.PastImport // the newest first
	Kept    int                 // how many are kept at most
	Days    int                 // for how long
}

// showImports lists the imports of the history.
func showImports(p *pageRequest) error {
	q := p.query(paramAs, paramList)
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	list, err := p.d.store.Imports(p.Context())
	if err != nil {
		return err
	}
	if as != nil {
		return p.sendNamed(as, q, sliceList("imports", nil, schema.ImportsResponse{Imports: list}.Rows()))
	}
	data := &importsPage{layout: p.layout("Imports", nil, nil), Imports: list, Kept: schema.KeptImports, Days: int(schema.KeptImportsFor.Hours() / 24)}
	return p.show("imports", data)
}

// ImportPath is the path of the page of an import.
func ImportPath(id string) string { return pathOf(pathImports+"/", id) }

// importPage tells of one import, and what would happen if it were taken back.
type importPage struct {
	layout
	schema.PastImport
	Tried   bool        // to take it back
	Back    []BackTally // what would happen then
	Refused *schema.Error
}

// BackTally is what becomes of the records of a kind when an import is taken back.
type BackTally struct {
	Name                      string
	Removed, Restored, Stayed int64
}

// showPastImport tells of one import.
func showPastImport(p *pageRequest) error {
	data, err := p.importPage(mux.Vars(p.Request)["id"])
	if err != nil {
		return err
	}
	return p.show("import", data)
}

func (p *pageRequest) importPage(id string) (*importPage, error) {
	one, err := p.d.store.PastImport(p.Context(), id)
	if err != nil {
		return nil, err
	}
	data := &importPage{layout: p.layout("Import", nil, nil), PastImport: one}
	p.setPath(&data.layout, ImportPath(id))
	return data, nil
}

// takeBackImport says what taking an import back would do, and does it once that was seen.
func takeBackImport(p *pageRequest) error {
	req := schema.TakeBackRequest{ImportID: p.fields.Get("import_id"), DryRun: p.fields.Get("sure") == ""}
	data, err := p.importPage(req.ImportID)
	if err != nil {
		return err
	}
	answer, err := p.d.host.TakeBack(p.Context(), p.caller, req)
	if errors.As(err, &data.Refused) && data.Refused.Code == schema.CodeConflict {
		return p.showWith(data.Refused.Code.Refusal().Status, "import", data)
	}
	if err != nil {
		return err
	}
	if !req.DryRun {
		return p.done("The import was taken back.", ImportPath(req.ImportID))
	}
	data.Tried, data.Back = true, backTallies(answer)
	return p.show("import", data)
}

// backTallies are what becomes of the records by kind, in the order of the kinds.
func backTallies(r schema.TakeBackResponse) (rows []BackTally) {
	for _, k := range schema.Kinds {
		row := BackTally{kindName(k.Name), r.Removed[k.Name], r.Restored[k.Name], r.Stayed[k.Name]}
		if row.Removed+row.Restored+row.Stayed > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// ByKind are the counts by kind.
func (i *importPage) ByKind() []KindTally { return talliesByKind(i.PastImport.ByKind) }

// Sum are the counts of all kinds.
func (i *importPage) Sum() schema.Tally { return i.Tally }

// More reports whether the page does not list all that stands in the way.
func (i *importPage) More() bool { return len(i.Refused.Fields) == schema.MaxFaults }

// FaultGroups are the faults of records that were left out.
func (i *importPage) FaultGroups() []FaultGroup { return groupFaults(i.Faults) }

// UnlistedFaults is how many faults the page does not list.
func (i *importPage) UnlistedFaults() int64 { return i.Rejected - int64(len(i.Faults)) }
