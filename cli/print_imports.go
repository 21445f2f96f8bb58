package cli

import (
	"maps"
	"slices"
	"strings"

	"glow/schema"
)

func showImports(p *page, _ schema.Empty, r schema.ImportsResponse) {
	p.line("%s in the history, which keeps the latest %d of at most %.0f days.", plural(int64(len(r.Imports)), "import"), schema.KeptImports, schema.KeptImportsFor.Hours()/24)
	rows := [][]string{}
	for _, one := range r.Rows() {
		state := ""
		switch {
		case one.TakenBackAt != nil:
			state = "taken back"
		case one.Permanent != "":
			state = "stays"
		}
		rows = append(rows, []string{p.time(one.CreatedAt), one.TokenName, one.File, strings.Join(one.TakenFor, ", "),
			number(one.Inserted), number(one.Updated), number(one.Unchanged), number(one.Rejected), state, one.ImportID})
	}
	p.grid("", columns("when", "who", "file~", "taken for~", "inserted#", "updated#", "unchanged#", "rejected#", "state", "import"), rows)
}

// takenBackRow is what became of the records of one kind when an import was taken back.
type takenBackRow struct {
	Kind     string `json:"kind"`
	Removed  int64  `json:"removed"`
	Restored int64  `json:"restored"`
	Stayed   int64  `json:"stayed"`
}

func takenBackRows(r schema.TakeBackResponse) []takenBackRow {
	all := maps.Clone(r.Removed)
	if all == nil {
		all = map[string]int64{}
	}
	maps.Copy(all, r.Restored)
	maps.Copy(all, r.Stayed)
	rows := []takenBackRow{}
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, takenBackRow{kind, r.Removed[kind], r.Restored[kind], r.Stayed[kind]})
	}
	return rows
}

func showTakenBack(p *page, _ schema.TakeBackRequest, r schema.TakeBackResponse) {
	p.tried(r.DryRun, "The import %s is taken back.", "The import %s would be taken back.", r.ImportID)
	rows := [][]string{}
	for _, one := range takenBackRows(r) {
		rows = append(rows, []string{one.Kind, number(one.Removed), number(one.Restored), number(one.Stayed)})
	}
	p.grid("", columns("kind", "removed#", "as before#", "stay with later imports#"), rows)
}
