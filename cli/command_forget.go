package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"glow/schema"
)

// forgetCmd takes one person out of the database.
type forgetCmd struct {
	endpointCmd[schema.ForgetRequest, schema.ForgetResponse]
}

// Run asks for the id once more, unless --yes is given, and then has the person
// forgotten. Where there is nobody to ask it does nothing.
func (c *forgetCmd) Run(a *app) error {
	body, err := c.body(a)
	if err != nil {
		return err
	}
	if !c.Yes {
		var req schema.ForgetRequest
		if err := json.Unmarshal(body, &req); err != nil {
			return usagef("--yes: is needed for a request that cannot be read here")
		}
		if err := confirm(a, req.ProfileID); err != nil {
			return err
		}
	}
	return c.endpointCmd.Run(a)
}

// confirm has a person at the terminal type the id.
func confirm(a *app, id string) error {
	if !isTerminal(a.in) || !isTerminal(a.errs) {
		return usagef("--yes: is needed where nobody can be asked; all records of %q leave the database for good", id)
	}
	fmt.Fprintf(a.errs, "The profile %s and all records of it leave the database for good.\nType the id to confirm: ", clean(id))
	typed, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil || strings.TrimRight(typed, "\r\n") != id {
		return errors.New("that is not the id; nothing was changed")
	}
	return nil
}

// removedRow is what became of the records of one kind.
type removedRow struct {
	Kind    string `json:"kind"`
	Removed int64  `json:"removed"`
	Emptied int64  `json:"emptied"`
}

// removedRows lists the kinds of which something was removed or emptied.
func removedRows(removed, emptied map[string]int64) []removedRow {
	rows := []removedRow{}
	all := maps.Clone(removed)
	if all == nil {
		all = map[string]int64{}
	}
	maps.Copy(all, emptied)
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, removedRow{kind, removed[kind], emptied[kind]})
	}
	return rows
}

// showRemoved prints removedRows.
func showRemoved(p *page, removed, emptied map[string]int64) {
	rows := [][]string{}
	for _, row := range removedRows(removed, emptied) {
		rows = append(rows, []string{row.Kind, number(row.Removed), number(row.Emptied)})
	}
	p.grid("", columns("kind", "removed#", "references emptied#"), rows)
}

func showForgotten(p *page, req schema.ForgetRequest, r schema.ForgetResponse) {
	p.line("The profile %s is forgotten.", req.ProfileID)
	showRemoved(p, r.Removed, r.Emptied)
	p.gap()
	wiped := "yes"
	if !r.Wiped {
		wiped = "NO"
	}
	p.pairs(
		[2]string{"tokens revoked", number(r.TokensRevoked)},
		[2]string{"audit entries blanked", number(r.AuditEntries)},
		[2]string{"file wiped", wiped},
	)
	p.gap()
	p.line("%s", r.Message)
}
