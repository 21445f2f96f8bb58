package cli

import (
	"maps"
	"slices"
	"strings"

	"glow/schema"
)

// tried prints what was done or, after a dry run, what would be.
func (p *page) tried(dryRun bool, done, would string, args ...any) {
	if dryRun {
		done = would + " Nothing was changed."
	}
	p.line(done, args...)
}

// mergedRow is how many records of one kind are another person's now.
type mergedRow struct {
	Kind  string `json:"kind"`
	Moved int64  `json:"moved"`
}

func mergedRows(r schema.MergeResponse) []mergedRow {
	rows := []mergedRow{}
	for _, kind := range slices.Sorted(maps.Keys(r.Moved)) {
		rows = append(rows, mergedRow{kind, r.Moved[kind]})
	}
	return rows
}

func showMerged(p *page, req schema.MergeRequest, r schema.MergeResponse) {
	p.tried(r.DryRun, "%s is %s now.", "%s would be %s.", req.From, r.ProfileID)
	rows := [][]string{}
	for _, row := range mergedRows(r) {
		rows = append(rows, []string{row.Kind, number(row.Moved)})
	}
	p.grid("", columns("kind", "moved#"), rows)
	p.gap()
	p.pairs(
		[2]string{"filled in the profile", listOrNone(r.Changed)},
		[2]string{"tokens moved", number(r.TokensMoved)},
		[2]string{"imports may also say", listOrNone(r.Aliases)},
	)
}

// listOrNone joins words; of none it says so.
func listOrNone(words []string) string {
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, ", ")
}

func showDeleted(p *page, req schema.DeleteRequest, r schema.DeleteResponse) {
	p.tried(r.DryRun, "The %s %s is deleted.", "The %s %s would be deleted.", req.Kind, req.ID)
	showRemoved(p, r.Removed, r.Emptied)
}

func showSetProfiles(p *page, _ schema.SetProfilesRequest, r schema.SetProfilesResponse) {
	p.tried(r.DryRun, "%s changed, %s as they were.", "%s would change, %s be as they are.", plural(r.Updated, "profile"), number(r.Unchanged))
	rows := [][]string{}
	for _, field := range slices.Sorted(maps.Keys(r.Changed)) {
		rows = append(rows, []string{field, number(r.Changed[field])})
	}
	p.grid("", columns("field", "profiles#"), rows)
}

func showDuplicates(p *page, _ schema.DuplicatesRequest, r schema.DuplicatesResponse) {
	p.line("%s who may be one, of %s.", plural(int64(len(r.Pairs)), "pair"), number(r.TotalCount))
	rows := [][]string{}
	for _, one := range r.Rows() {
		rows = append(rows,
			[]string{one.Why, p.truncate(one.Name1, maxNameWidth), one.Email1, number(one.Records1), one.ID1},
			[]string{"", p.truncate(one.Name2, maxNameWidth), one.Email2, number(one.Records2), one.ID2})
	}
	p.grid("", columns("alike by", "name~", "email~", "records#", "profile@"), rows)
}
