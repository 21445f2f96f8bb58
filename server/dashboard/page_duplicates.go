package dashboard

import (
	"slices"
	"strings"

	"glow/schema"
)

// duplicatesPage proposes people who may be one.
type duplicatesPage struct {
	layout
	schema.DuplicatesResponse
	options schema.Analytics
}

// showDuplicates proposes people who may be one.
func showDuplicates(p *pageRequest) error {
	q := p.query(paramAs, paramList)
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	req := schema.DuplicatesRequest{}
	if as != nil {
		req.Limit = pointer(maxPeople)
	}
	found, err := p.d.store.Duplicates(p.Context(), req)
	if err != nil {
		return err
	}
	if as != nil {
		return p.sendNamed(as, q, sliceList("duplicates", nil, found.Rows()))
	}
	options, err := p.options()
	if err != nil {
		return err
	}
	return p.show("duplicates", &duplicatesPage{layout: p.layout("People who may be one", nil, nil), DuplicatesResponse: found, options: options})
}

// DepartmentsOf names the departments of a person.
func (d *duplicatesPage) DepartmentsOf(one schema.DuplicatePerson) string {
	return strings.Join(labels(one.DepartmentIDs, d.options.DepartmentOptions), ", ")
}

// Reasons say why two people are alike.
func (d *duplicatesPage) Reasons(pair schema.DuplicatePair) string {
	words := slices.Clone(pair.Why)
	for i, why := range words {
		words[i] = map[string]string{schema.AlikeEmail: "email", schema.AlikeName: "name"}[why]
	}
	return "same " + strings.Join(words, " and ")
}

// mergePeople says what making one person of two would do, and does it once that was seen.
func mergePeople(p *pageRequest) error {
	req := schema.MergeRequest{From: schema.NormalID(p.fields.Get("from")), Into: schema.NormalID(p.fields.Get("into")), DryRun: p.fields.Get("sure") == ""}
	data := &confirmPage{
		Heading: "Make " + req.From + " and " + req.Into + " one person?", Action: pathMerge,
		Fields: []Field{{"from", req.From}, {"into", req.Into}}, Button: "Make them one person", Back: pathDuplicates, BackTo: "Back to the people who may be one",
	}
	if err := req.Validate(); err != nil {
		return p.showConfirm(data, err)
	}
	answer, err := p.d.store.Merge(p.Context(), p.caller, req)
	if err == nil && !req.DryRun {
		return p.done(req.From+" is "+req.Into+" from now on.", PersonPath(req.Into))
	}
	data.Says = append([]string{p.described(req.From) + " and " + p.described(req.Into)}, mergeWords(req, answer)...)
	return p.showConfirm(data, err)
}

// mergeWords say what becomes of the records and the ids of two people.
func mergeWords(req schema.MergeRequest, r schema.MergeResponse) []string {
	says := []string{"The id " + req.From + " is no more, and has no records. " + req.Into + " stays."}
	if words := kindsInWords(r.Moved); words != "" {
		says[0] = "The records of " + req.From + " become those of " + req.Into + ": " + words + "."
	}
	if slices.Contains(r.Changed, "email") {
		says = append(says, req.Into+" gets the email.")
	}
	if slices.Contains(r.Changed, "department_ids") {
		says = append(says, req.Into+" is in the departments of both.")
	}
	if r.TokensMoved > 0 {
		says = append(says, Count(r.TokensMoved, "token moves", "tokens move")+", too.")
	}
	return append(says, "Name, role and state of "+req.Into+" stay as they are.", "Imports that name "+req.From+" mean "+req.Into+" from then on.",
		"This cannot be taken back, and nor can imports of either person any more.")
}

// described says who has an id: their name, id and email.
func (p *pageRequest) described(id string) string {
	one, err := p.d.store.Person(p.Context(), p.scope(), id)
	if err != nil {
		return id
	}
	words := one.Name + " (" + id
	if one.Email != nil {
		words += ", " + *one.Email
	}
	return words + ")"
}
