package store

import (
	"context"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// Forget removes one person: their profile, their records, and records that require
// these. References from other people's records are cleared, summaries recomputed, the
// person's tokens revoked, audit entries blanked where they name the person, and the file
// is rewritten so that no trace is left in it. An audit entry says that it happened, with
// a pseudonym instead of the id.
//
// The error is CodeNotFound if nobody has the id.
func (s *Store) Forget(ctx context.Context, caller schema.Caller, req schema.ForgetRequest) (answer schema.ForgetResponse, err error) {
	if _, err := s.Person(ctx, schema.Scope{All: true}, req.ProfileID); err != nil {
		return answer, err
	}
	if err := s.writeWaitingAudits(ctx, s.write); err != nil { // they may name the person and would be written later
		return answer, err
	}
	key, err := s.pseudonymKey(ctx)
	if err != nil {
		return answer, err
	}
	pseudonym := newPseudonyms(key).of(schema.KindProfile, req.ProfileID)
	err = s.bulkRemoval(ctx, func(c *sqlite.Conn) error {
		err = s.writeOn(ctx, c, func(t *tx) error {
			answer, err = t.forget(caller, req.ProfileID, pseudonym)
			return err
		})
		if err != nil {
			return err
		}
		// The person is removed by now, even if the wipe fails.
		answer.Wiped, answer.Message = s.wipe(c)
		answer.Message += "Backups, exports and copies made before still hold them; an import that names them makes a new person."
		return nil
	})
	return answer, err
}

func (t *tx) forget(caller schema.Caller, id, pseudonym string) (answer schema.ForgetResponse, err error) {
	key, err := t.personKey(schema.Scope{All: true}, id) // again, because this is another transaction
	if err != nil {
		return answer, err
	}
	r, err := t.newRemoval()
	if err != nil {
		return answer, err
	}
	if _, err := r.choose(schema.KindProfile, `VALUES (?)`, key); err != nil {
		return answer, err
	}
	if err := r.addDependents(); err != nil {
		return answer, err
	}
	// The reference to a person is optional for a problem; theirs are removed all the same.
	if _, err := r.choose(schema.KindProblem, `SELECT k.key FROM problem k WHERE `+subject("k")+` = ?`, key); err != nil {
		return answer, err
	}
	audit, err := r.blankAudit(id)
	if err != nil {
		return answer, err
	}
	answer.AuditEntries = audit.entries
	if err := t.forgetInHistory(key); err != nil {
		return answer, err
	}
	if answer.TokensRevoked, err = t.dropTokens(id); err != nil {
		return answer, err
	}
	if err := t.forgetLogRows(key); err != nil {
		return answer, err
	}
	if err := r.remove(); err != nil {
		return answer, err
	}
	if err := t.set(wipeDue, 1); err != nil {
		return answer, err
	}
	answer.Removed, answer.Emptied = r.removed, r.emptied
	return answer, t.audit(caller, schema.ActionForget, map[string]any{
		"pseudonym": pseudonym, "removed": answer.Removed, "emptied": answer.Emptied,
		"tokens_revoked": answer.TokensRevoked, "audit_entries": audit.entries, "audit_blanks": audit.blanks,
	})
}

// dropTokens revokes the tokens of a person and blanks their names.
func (t *tx) dropTokens(profileID string) (revoked int64, err error) {
	if err := t.Exec(`DELETE FROM idempotency WHERE caller IN (SELECT id FROM token WHERE profile_id = ?)`, profileID); err != nil {
		return 0, err
	}
	if revoked, err = t.QueryCount(`SELECT count(*) FROM token WHERE profile_id = ? AND revoked_at IS NULL`, profileID); err != nil {
		return 0, err
	}
	t.changesTokens()
	return revoked, t.Exec(`UPDATE token SET name = ?, profile_id = NULL, last_used_at = NULL, revoked_at = ifnull(revoked_at, ?) WHERE profile_id = ?`,
		blankName, t.now, profileID)
}

// wipeDue is the setting that a person was removed but the file not yet rewritten.
const wipeDue = "wipe_due"

// finishWipe repeats a wipe that was interrupted or had no room on the disk.
func (s *Store) finishWipe(ctx context.Context) {
	due := int64(0)
	err := s.read(ctx, func(t *tx) (err error) {
		due, err = t.QueryCount(`SELECT count(*) FROM setting WHERE name = ?`, wipeDue)
		return err
	})
	if err == nil && due > 0 {
		err = s.db.Bulk(ctx, func(c *sqlite.Conn) error { s.wipe(c); return nil })
	}
	if err != nil && ctx.Err() == nil {
		s.o.Logger.Warn("the file was not wiped", "error", err)
	}
}

// wipe rewrites the file and empties its write-ahead log; writers wait meanwhile. Deleted
// content is overwritten already, but splitting a page leaves copies of what moved, which
// only a VACUUM removes. wipe reports whether it succeeded; if not, message says in
// sentences what to do.
func (s *Store) wipe(c *sqlite.Conn) (done bool, message string) {
	if err := s.vacuum(c); err != nil {
		s.o.Logger.Warn("the file was not written anew after somebody was forgotten", "error", err)
		return false, "Nothing finds them any more, but the file could not be written anew and may hold traces of them: see that there is room on the disk, and restore a new backup over it. "
	}
	for range checkpointTries {
		empty, err := s.truncateWAL(c)
		if empty {
			return true, ""
		}
		if err != nil {
			s.o.Logger.Warn("the log was not emptied after somebody was forgotten", "error", err)
		}
		time.Sleep(checkpointPause)
	}
	return false, "Nothing finds them any more, but somebody is still reading the file as it was before; traces of them are in it until that ends, at the latest when glow is stopped. "
}

const (
	checkpointTries = 10
	checkpointPause = 100 * time.Millisecond
	checkpointWait  = `PRAGMA busy_timeout(200)` // milliseconds to wait for readers; writers wait as long
)

func (s *Store) vacuum(c *sqlite.Conn) error {
	return s.db.Exclusive(func(*sqlite.Conn) error {
		t := s.tx(s.db.Ending(), c)
		// Writers wait for the VACUUM, so summaries include acknowledged writes before it.
		if err := t.transact(refreshStale); err != nil {
			return err
		}
		if err := t.ExecAll(`VACUUM`); err != nil {
			return err
		}
		return t.Exec(`DELETE FROM setting WHERE name = ?`, wipeDue)
	})
}

// truncateWAL moves the write-ahead log into the file. empty is false while a reader still
// uses an older snapshot.
func (s *Store) truncateWAL(c *sqlite.Conn) (empty bool, err error) {
	err = s.db.Exclusive(func(*sqlite.Conn) error {
		t := c.Tx(context.Background())
		if err := t.ExecAll(checkpointWait); err != nil {
			return err
		}
		var busy, pages, moved int64
		err := t.QueryRow([]any{&busy, &pages, &moved}, `PRAGMA wal_checkpoint(TRUNCATE)`)
		empty = err == nil && busy == 0
		return err
	})
	return empty, err
}
