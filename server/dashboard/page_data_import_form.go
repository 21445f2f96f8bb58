package dashboard

import (
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats/mapping"
)

// ImportForm is an import on its way: what was chosen, and what came of it.
type ImportForm struct {
	schema.ImportQuery
	Files  []string               // names of what is held
	Size   int64                  // of it
	Upload string                 // id of what is held, to be taken; "" when nothing is
	Same   map[string]string      // what was entered of whom new people are, by their id
	Answer *schema.ImportResponse // of the check, or of the import
	Taken  bool                   // it was the import
	Error  string
	Looked *schema.LookedAt // of files that nothing recognizes: the first
	Keep   bool             // the mapping is to be kept
}

// Asks reports whether files are held that cannot be taken as they are.
func (f ImportForm) Asks() bool { return f.Upload != "" && f.Answer == nil }

// Examples are the first different texts of a column.
func (f ImportForm) Examples(column int) string {
	var texts []string
	for _, row := range f.Looked.Rows {
		if column < len(row) && row[column] != "" && !slices.Contains(texts, row[column]) {
			texts = append(texts, schema.Clip(row[column]))
		}
		if len(texts) == maxExamples {
			break
		}
	}
	return strings.Join(texts, " · ")
}

// maxExamples is how many texts of a column the page shows.
const maxExamples = 3

// MapName is the name under which a mapping would be kept.
func (f ImportForm) MapName() string {
	if f.Looked != nil && f.Looked.Mapping != nil {
		return f.Looked.Mapping.Name
	}
	return mapping.NameFor(f.File)
}

// Meanings are what a column may mean.
func (f ImportForm) Meanings() []mapping.Meaning { return mapping.Meanings }

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
		return "The dates: " + what + ". Say below how they are meant."
	}
	if f.NeedsKind() {
		what, _, _ := strings.Cut(strings.TrimPrefix(f.Error, "as: "), "; say")
		return what + ". Say below what it is."
	}
	return f.Error
}

// Refused reports whether something is wrong with what was chosen.
func (f ImportForm) Refused() bool { return f.Answer != nil && f.Answer.Rejected > 0 }

// Good is how many records would be taken without the faulty ones.
func (f ImportForm) Good() int64 {
	return f.Answer.Inserted + f.Answer.Updated + f.Answer.Unchanged + f.Answer.Known
}

// Preview are the first records of each kind; nil where there are none to show.
func (f ImportForm) Preview() []schema.PreviewRecords {
	if f.Answer.Preview == nil {
		return nil
	}
	return f.Answer.Preview.Records
}

// Renamed are the first people to whom the files give another name.
func (f ImportForm) Renamed() []schema.RenamedPerson {
	if f.Answer.Preview == nil {
		return nil
	}
	return f.Answer.Preview.Renamed
}

// NewPeople are the first people whom nobody knows yet.
func (f ImportForm) NewPeople() []schema.NewPerson {
	if f.Answer.Preview == nil || f.Refused() {
		return nil
	}
	return f.Answer.Preview.NewPeople
}

// NewPeopleUnlisted is how many new people are not among NewPeople.
func (f ImportForm) NewPeopleUnlisted() int64 {
	if f.Answer.People == nil {
		return 0
	}
	return f.Answer.People.All - f.Answer.People.Known - int64(len(f.NewPeople()))
}

// AnyAlike reports whether somebody new is like somebody known.
func (f ImportForm) AnyAlike() bool {
	return slices.ContainsFunc(f.NewPeople(), func(one schema.NewPerson) bool { return one.Alike != nil })
}

// FaultGroup are faults that say the same of different lines.
type FaultGroup struct {
	Text  string // of all of them; with its place where there is one alone
	Count int
	At    string // the first places of several
}

// maxPlaces is how many places of a group the page lists.
const maxPlaces = 3

// FaultGroups are the faults of the answer.
func (f ImportForm) FaultGroups() []FaultGroup { return groupFaults(f.Answer.Errors) }

// groupFaults puts together the faults that say the same, in the order of the first of each.
func groupFaults(faults []schema.Fault) (groups []FaultGroup) {
	at := map[string]int{}
	var places [][]string
	for _, fault := range faults {
		place := schema.Fault{File: fault.File, Line: fault.Line}
		text := schema.Fault{Field: fault.Field, Message: fault.Message}.Error()
		i, known := at[text]
		if !known {
			i = len(groups)
			at[text] = i
			groups = append(groups, FaultGroup{Text: text})
			places = append(places, nil)
		}
		groups[i].Count++
		places[i] = append(places[i], strings.TrimSuffix(place.Error(), ": "))
	}
	for i := range groups {
		if g := &groups[i]; g.Count == 1 {
			g.Text = strings.TrimPrefix(places[i][0]+": "+g.Text, ": ")
		} else {
			g.At = strings.Join(places[i][:min(len(places[i]), maxPlaces)], ", ")
			if g.Count > maxPlaces {
				g.At += " …"
			}
		}
	}
	return groups
}

// UnlistedFaults is how many faults the answer does not list.
func (f ImportForm) UnlistedFaults() int64 { return f.Answer.Rejected - int64(len(f.Answer.Errors)) }

// KindTally is what became of the records of a kind.
type KindTally struct {
	Name string
	schema.Tally
}

// ByKind are the counts by kind.
func (f ImportForm) ByKind() []KindTally { return talliesByKind(f.Answer.ByKind) }

// Sum are the counts of all kinds.
func (f ImportForm) Sum() schema.Tally { return f.Answer.Tally }

// talliesByKind lists tallies in the order of the kinds.
func talliesByKind(tallies map[string]schema.Tally) (rows []KindTally) {
	for _, k := range schema.Kinds {
		if t, ok := tallies[k.Name]; ok {
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

// Removed are how many records the rows of a log do not give any more, by kind.
func (f ImportForm) Removed() []KindCount { return countsByKind(f.Answer.Removed) }
