package dashboard

import (
	"iter"
	"net/url"

	"glow/schema"
)

// personNumbers are the numbers of a person, with what it takes to write to them.
type personNumbers struct {
	schema.PersonRow
	CompletedSessions int64 `json:"completed_sessions_count"`
	Emulations        int64 `json:"emulations_count"`
}

// sendPerson sends a list of the person as a file: their sessions and problems in the window,
// the days of the calendar, or their numbers.
func (p *pageRequest) sendPerson(as *fileFormat, data *personPage, q url.Values) error {
	of := func(noun string, row any, rows iter.Seq2[any, error]) listFile {
		return listFile{noun: noun, filter: &data.Filter, person: &data.Person, row: row, rows: rows}
	}
	days := sliceList("days", nil, data.Days) // of the calendar, whatever the window
	numbers := sliceList("numbers", &data.Filter, []personNumbers{data.numbersRow()})
	numbers.person = &data.Person
	q.Set("profile_id", data.ProfileID)
	return p.sendNamed(as, q, of("sessions", schema.SessionListItem{}, p.allSessions(schema.SessionsRequest{Filter: data.Filter.Schema(), ProfileID: data.ProfileID})),
		of("problems", schema.Problem{}, p.problemsOf(data)), days, numbers)
}

func (p *personPage) numbersRow() personNumbers {
	row := schema.PersonRow{ProfileSummary: p.Row, Email: p.Email, Role: p.Person.Role, DepartmentIDs: p.DepartmentIDs}
	row.LastActiveAt, row.DataUntil = p.Person.LastActiveAt, p.Person.DataUntil
	return personNumbers{row, p.Counts.CompletedSessions, p.Counts.Emulations}
}

// problemsOf yields all problems of a person in the window, in the order of their page: open
// ones first.
func (p *pageRequest) problemsOf(data *personPage) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, resolved := range []bool{false, true} {
			req := schema.ProblemsRequest{Filter: data.Filter.Schema(), Resolved: &resolved}
			for row, err := range p.allProblems(schema.Scope{ProfileID: data.ProfileID}, req) {
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}
