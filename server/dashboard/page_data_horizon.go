package dashboard

import (
	"glow/schema"
)

// HorizonRow is how far the records of one department reach.
type HorizonRow struct {
	schema.Horizon
	Name string `json:"name"`
	Old  bool   `json:"-"` // more than two days
}

// horizonRows are how far the records of the departments reach that the caller sees.
func (p *pageRequest) horizonRows(f Filter) ([]HorizonRow, error) {
	answer, err := p.d.store.Horizons(p.Context(), p.scope(), schema.HorizonRequest{})
	if err != nil {
		return nil, err
	}
	rows := []HorizonRow{}
	for _, h := range answer.Horizons {
		row := HorizonRow{Horizon: h, Name: "People without a department"}
		if h.DepartmentID != nil {
			row.Name = labels([]string{*h.DepartmentID}, f.Options.DepartmentOptions)[0]
		}
		row.Old = h.DataUntil == nil || schema.HorizonWords(h.DataUntil, p.now(), p.d.store.Zone()) != ""
		rows = append(rows, row)
	}
	return rows, nil
}

// setHorizon takes what a person says of how far the records of a department reach.
func setHorizon(p *pageRequest) error {
	req := schema.HorizonRequest{CoversUntil: p.fields.Get("covers_until")}
	if id := p.fields.Get("department"); id != "" {
		req.DepartmentIDs = []string{id}
	} else {
		req.WithoutDepartment = true
	}
	err := error(schema.Invalid("covers_until", "is missing"))
	if req.CoversUntil != "" {
		_, err = p.d.store.SetHorizon(p.Context(), p.signer, req)
	}
	if message := inputError(err); message != "" {
		data, failed := p.dataPage()
		if failed != nil {
			return failed
		}
		data.SaidUntil, data.SaidFaulty = req.CoversUntil, message
		return p.showWith(schema.ErrorCode(err).Refusal().Status, "data", data)
	}
	if err != nil {
		return err
	}
	return p.done("It is written down that the records reach to "+req.CoversUntil+".", pathData+"#horizons")
}
