package dashboard

import (
	"slices"

	"glow/schema"
)

// firstCounts are the numbers that stand first on a page, by their columns: the pages put
// signs of life before the rest. All others follow in the order of schema.PersonCounts.
var firstCounts = []string{"sessions", "completed", "logins", "activity", "grants"}

// openProblems is the column of the one number that ought to be zero.
const openProblems = "open_problems"

// personCounts are schema.PersonCounts in the order of the pages.
var personCounts = func() []schema.PersonCount {
	place := func(c schema.PersonCount) int {
		if i := slices.Index(firstCounts, c.Column); i >= 0 {
			return i
		}
		return len(firstCounts)
	}
	list := slices.Clone(schema.PersonCounts)
	slices.SortStableFunc(list, func(a, b schema.PersonCount) int { return place(a) - place(b) })
	return list
}()

// Column is one column of the table of people.
type Column struct {
	Label, Key string // Key is what sort_by calls it
	Number     bool
}

// Columns of the table of people, up to their departments.
func (activityPage) Columns() []Column {
	list := []Column{{Label: "Name", Key: "name"}, {Label: "Last activity", Key: "last_active_at"}}
	for _, c := range personCounts {
		if c.InRow != nil {
			list = append(list, Column{c.Label, c.Key, true})
		}
	}
	return list
}

// columnKeys are what the table of people can be sorted by, the default first.
func columnKeys() (keys []string) {
	for _, c := range (activityPage{}).Columns() {
		keys = append(keys, c.Key)
	}
	return keys
}

// PersonNumber is one number of a person.
type PersonNumber struct {
	Label string
	Value int64
	Open  int64 // of Problems: how many of them are open
	Bad   bool  // it ought to be zero
}

// Numbers of a row of the table, in the order of its columns.
func (r *PersonRow) Numbers() (list []PersonNumber) {
	for _, c := range personCounts {
		if c.InRow != nil {
			list = append(list, PersonNumber{Label: c.Label, Value: *c.InRow(&r.ProfileSummary), Bad: c.Column == openProblems})
		}
	}
	return list
}

// Numbers of one person. That of open problems stands beside that of problems.
func (p *personPage) Numbers() (list []PersonNumber) {
	for _, c := range personCounts {
		n := PersonNumber{Label: c.Label}
		if c.InRow != nil {
			n.Value = *c.InRow(&p.Row)
		} else {
			n.Value = *c.InTotal(&p.Counts)
		}
		switch c.Column {
		case openProblems:
			continue
		case "problems":
			n.Open = p.Row.OpenProblems
		}
		list = append(list, n)
	}
	return list
}
