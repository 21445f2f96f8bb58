package store

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"glow/schema"
)

// checkAudit walks along the chain of the audit list.
func checkAudit(_ *Store, t *tx) (schema.Check, error) {
	c := schema.Check{Name: schema.CheckAudit}
	w := &auditWalk{}
	if err := t.auditRows(0, math.MaxInt64, func(e *auditRow) error { w.pass(e); return nil }); err != nil {
		return c, err
	}
	if err := w.arrive(t); err != nil {
		return c, err
	}
	if c.OK = len(w.findings) == 0; c.OK {
		c.Detail = fmt.Sprintf("the entries, %d of them, are as they were written", w.entries)
		return c, nil
	}
	if w.untold > 0 {
		w.findings = append(w.findings, fmt.Sprintf("and %d more", w.untold))
	}
	c.Detail = "the audit list was changed by something other than glow: " + strings.Join(w.findings, "; ") +
		"; compare it with a backup, or with an export of it"
	return c, nil
}

// auditWalk is a walk along the chain, from its first entry to its last.
type auditWalk struct {
	entries  int64
	last     auditHead
	broken   bool // the hash of last is not known to be right
	blanked  int64
	excused  int64    // blanked by glow, as the entries on that say
	findings []string // the first maxFindings
	untold   int64    // more of them
}

func (w *auditWalk) find(format string, args ...any) {
	if len(w.findings) == maxFindings {
		w.untold++
		return
	}
	w.findings = append(w.findings, fmt.Sprintf(format, args...))
}

// pass looks at the next entry.
func (w *auditWalk) pass(e *auditRow) {
	w.entries++
	missing := e.key > w.last.key+1
	if missing {
		w.find("%s", missingEntries(w.last.key+1, e.key-1))
	}
	switch {
	case e.hash == nil:
		w.find("entry %d was not written by glow", e.key)
	case e.blanked() && (e.tokenName != blankName || e.remote != blankRemote || e.detail != blankDetail):
		w.find("entry %d was changed: its seal is gone", e.key)
	case !e.blanked() && !bytes.Equal(e.seal(), e.sealed):
		w.find("entry %d was changed: by whom, from where or on what it was", e.key)
	case !missing && !w.broken && !bytes.Equal(e.hashAfter(w.last.hash), e.hash):
		w.find("entry %d was changed, or stands where another stood", e.key)
	}
	if e.blanked() && e.hash != nil {
		w.blanked++
	}
	if e.action == schema.ActionForget {
		w.excused += entriesBlanked(e)
	}
	w.broken = e.hash == nil
	w.last = auditHead{e.key, e.hash}
}

// entriesBlanked is how many older entries were blanked, as one of the action
// forget says.
func entriesBlanked(e *auditRow) int64 {
	var detail struct {
		Blanked int64 `json:"audit_entries"`
	}
	if json.Unmarshal([]byte(e.detail), &detail) != nil {
		return 0
	}
	return detail.Blanked
}

// arrive compares the end of the walk with where the chain is said to end.
func (w *auditWalk) arrive(t *tx) error {
	if w.blanked != w.excused {
		w.find("%d entries are blank, but %d were blanked when somebody was forgotten", w.blanked, w.excused)
	}
	var text string
	err := t.one([]any{&text}, `SELECT value FROM setting WHERE name = 'audit_head'`)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	head, unreadable := parseAuditHead(text)
	switch {
	case unreadable != nil:
		w.find("where the list ends is no longer written down")
	case head.key > w.last.key:
		w.find("%s, at the end", missingEntries(w.last.key+1, head.key))
	case head.key < w.last.key:
		w.find("glow wrote %d entries, and there are more", head.key)
	case !bytes.Equal(head.hash, w.last.hash):
		w.find("entry %d is not the one that glow wrote last", w.last.key)
	}
	return nil
}

func missingEntries(first, last int64) string {
	if first == last {
		return fmt.Sprintf("entry %d is missing", first)
	}
	return fmt.Sprintf("entries %d to %d are missing", first, last)
}
