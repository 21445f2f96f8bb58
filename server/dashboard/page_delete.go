package dashboard

import (
	"glow/schema"
)

// deleteRecord says what deleting a record would remove, and removes it once that was seen.
func deleteRecord(p *pageRequest) error {
	req := schema.DeleteRequest{Kind: p.fields.Get("kind"), ID: p.fields.Get("id"), DryRun: p.fields.Get("sure") == ""}
	if err := req.Validate(); err != nil {
		return err
	}
	from, back, to := deletedFrom(req)
	answer, err := p.d.store.Delete(p.Context(), p.caller, req)
	if err == nil && !req.DryRun {
		return p.done("Deleted: "+kindsInWords(answer.Removed)+".", from)
	}
	one, _ := nounsOf(schema.KindNamed(req.Kind))
	name := one + " " + req.ID
	data := &confirmPage{
		Heading: "Delete the " + name + "?", Says: append(p.whose(req), deletionWords(req.Kind, answer)...),
		Action: pathDelete, Fields: []Field{{"kind", req.Kind}, {"id", req.ID}}, Button: "Delete it", Back: back, BackTo: to,
	}
	return p.showConfirm(data, err)
}

// whose says whom a record is about, where that is known.
func (p *pageRequest) whose(req schema.DeleteRequest) []string {
	switch req.Kind {
	case schema.KindProfile:
		return []string{p.described(req.ID)}
	case schema.KindSession:
		if one, err := p.d.store.Session(p.Context(), p.scope(), schema.SessionRequest{SessionID: req.ID}); err == nil {
			return []string{"Of " + p.described(one.ProfileID) + ", " + one.SessionCreatedAt.Time().In(p.d.store.Zone()).Format("2006-01-02 15:04") + "."}
		}
	}
	return nil
}

// deletedFrom returns where a record is listed, and where somebody goes who leaves it.
func deletedFrom(req schema.DeleteRequest) (from, back, to string) {
	switch req.Kind {
	case schema.KindSession:
		return pathSessions, pathOf(pathSessions+"/", req.ID), "Back to the session"
	case schema.KindDepartment:
		return pathDepartments, pathDepartments, "Back to the departments"
	case schema.KindProfile:
		return pathActivity + "#people", PersonPath(req.ID), "Back to the person"
	}
	return pathData, pathData, "Back to the data"
}

// deletionWords say what goes with a record, and what stays.
func deletionWords(kind string, r schema.DeleteResponse) []string {
	others := map[string]int64{}
	for name, n := range r.Removed {
		if others[name] = n; name == kind {
			others[name]--
		}
	}
	says := []string{"Nothing else goes with it."}
	if words := kindsInWords(others); words != "" {
		says[0] = "With it go: " + words + "."
	}
	if words := kindsInWords(r.Emptied); words != "" {
		says = append(says, "What refers to it stays, without the reference: "+words+".")
	}
	return append(says, "The audit list says who deleted it. A later import of the same record brings it back, except from a log.")
}
