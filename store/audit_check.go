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

// checkAudit verifies the chain of the audit list.
func checkAudit(_ *Store, t *tx) (schema.Check, error) {
	c := schema.Check{Name: schema.CheckAudit}
	w := &auditWalk{old: newSealsHash()}
	if err := t.auditRows(0, math.MaxInt64, func(e *auditRow) error { w.check(e); return nil }); err != nil {
		return c, err
	}
	if err := w.checkEnd(t); err != nil {
		return c, err
	}
	if c.OK = len(w.findings) == 0; c.OK {
		c.Detail = fmt.Sprintf("the entries, %d of them, are as they were written", w.entries)
		return c, nil
	}
	if w.unlisted > 0 {
		w.findings = append(w.findings, fmt.Sprintf("and %d more", w.unlisted))
	}
	c.Detail = "the audit list was changed by something other than glow: " + strings.Join(w.findings, "; ") +
		"; compare it with a backup, or with an export of it"
	return c, nil
}

// auditWalk verifies the chain from the first entry to the last.
type auditWalk struct {
	entries       int64
	last          auditHead
	broken        bool       // the hash of last is missing
	old           *sealsHash // of the entries from before schema 9
	upgraded      bool       // an entry vouches for the old ones
	blanks        int64      // blank parts of entries (who acted, what on)
	blankedByGlow int64      // blank parts that entries of the action forget account for
	findings      []string   // the first maxFindings
	unlisted      int64      // findings beyond maxFindings
}

func (w *auditWalk) report(format string, args ...any) {
	if len(w.findings) == maxFindings {
		w.unlisted++
		return
	}
	w.findings = append(w.findings, fmt.Sprintf(format, args...))
}

// check verifies the next entry.
func (w *auditWalk) check(e *auditRow) {
	w.entries++
	missing := e.key > w.last.key+1
	if missing {
		w.report("%s", missingEntries(w.last.key+1, e.key-1))
	}
	switch {
	case e.hash == nil || e.whoSealed == nil || e.whatSealed == nil:
		w.report("entry %d was not written by glow", e.key)
	case w.sealMissing(e):
		w.report("entry %d was changed: its seal is gone", e.key)
	case w.sealBroken(e):
		w.report("entry %d was changed: by whom, from where or on what it was", e.key)
	case !missing && !w.broken && !bytes.Equal(e.hashAfter(w.last.hash), e.hash):
		w.report("entry %d was changed, or stands where another stood", e.key)
	}
	if e.hash != nil {
		w.blanks += count(e.whoBlank()) + count(e.whatBlank())
	}
	if e.isOld() {
		w.checkOld(e)
	}
	switch e.action {
	case schema.ActionForget:
		w.blankedByGlow += blanksOf(e)
	case schema.ActionUpgrade:
		w.upgraded = true
		if !w.old.vouchesFor(e) {
			w.report("entries before %d were changed: by whom, from where or on what they were", e.key)
		}
	}
	w.broken = e.hash == nil
	w.last = auditHead{e.key, e.hash}
}

// checkOld verifies an entry from before schema 9.
func (w *auditWalk) checkOld(e *auditRow) {
	if w.upgraded {
		w.report("entry %d was not written by glow", e.key)
	}
	w.old.add(e)
}

// sealMissing reports whether an entry has lost a seal without being blank.
func (w *auditWalk) sealMissing(e *auditRow) bool {
	return e.whoBlank() && (e.tokenID != "" || e.tokenName != blankName || e.remote != "") ||
		e.whatBlank() && e.detail != blankDetail ||
		e.isOld() && e.salt == nil && !e.whoBlank() && !e.whatBlank()
}

// sealBroken reports whether the content of an entry differs from what was sealed.
func (w *auditWalk) sealBroken(e *auditRow) bool {
	return !e.whoBlank() && !bytes.Equal(e.sealWho(), e.whoSealed) ||
		!e.whatBlank() && !bytes.Equal(e.sealWhat(), e.whatSealed) ||
		e.isOld() && e.salt != nil && !bytes.Equal(e.sealOld(), e.sealed)
}

func count(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// blanksOf returns how many parts of older entries an entry of the action forget says were
// blanked. Before schema 9 every entry lost both parts.
func blanksOf(e *auditRow) int64 {
	var detail struct {
		Entries int64  `json:"audit_entries"`
		Blanks  *int64 `json:"audit_blanks"`
	}
	switch {
	case json.Unmarshal([]byte(e.detail), &detail) != nil:
		return 0
	case detail.Blanks == nil:
		return 2 * detail.Entries
	}
	return *detail.Blanks
}

// checkEnd compares the last entry with the stored end of the chain.
func (w *auditWalk) checkEnd(t *tx) error {
	if w.blanks != w.blankedByGlow {
		w.report("%d places of entries are blank, but %d were blanked when somebody was forgotten", w.blanks, w.blankedByGlow)
	}
	if w.old.entries > 0 && !w.upgraded {
		w.report("nothing vouches for the seals of the oldest entries")
	}
	var text string
	err := t.QueryRow([]any{&text}, `SELECT value FROM setting WHERE name = 'audit_head'`)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	head, unreadable := parseAuditHead(text)
	switch {
	case unreadable != nil:
		w.report("where the list ends is no longer written down")
	case head.key > w.last.key:
		w.report("%s, at the end", missingEntries(w.last.key+1, head.key))
	case head.key < w.last.key:
		w.report("glow wrote %d entries, and there are more", head.key)
	case !bytes.Equal(head.hash, w.last.hash):
		w.report("entry %d is not the one that glow wrote last", w.last.key)
	}
	return nil
}

func missingEntries(first, last int64) string {
	if first == last {
		return fmt.Sprintf("entry %d is missing", first)
	}
	return fmt.Sprintf("entries %d to %d are missing", first, last)
}
