package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"

	"glow/schema"
	"glow/store/sqlite"
)

// upgradeAudit brings the entries of an older file to where new ones can follow: it
// chains those from before there was a chain, and seals those from before who acted
// was sealed apart from what on. Each is all done or not begun.
func upgradeAudit(ctx context.Context, c *sqlite.Conn) error {
	t := newTx(c.Tx(ctx))
	for _, step := range []struct {
		due string
		do  func(*tx) error
	}{
		{`SELECT EXISTS (SELECT 1 FROM audit) AND NOT EXISTS (SELECT 1 FROM audit WHERE hash IS NOT NULL)`, chainAll},
		// CASE looks for old entries, in all that there are, only where none is sealed anew.
		{`SELECT CASE WHEN EXISTS (SELECT 1 FROM audit WHERE who_sealed IS NOT NULL) THEN 0
			ELSE EXISTS (SELECT 1 FROM audit WHERE sealed IS NOT NULL) END`, sealAll},
	} {
		due, err := t.QueryCount(step.due)
		if err != nil {
			return err
		}
		if due == 0 {
			continue
		}
		if err := t.transact(step.do); err != nil {
			return err
		}
	}
	return nil
}

// chainAll chains all entries, and writes down where the chain ends.
func chainAll(t *tx) error {
	var head auditHead
	err := t.changeAll(func(e *auditRow) {
		e.close(head.hash)
		head = auditHead{e.key, e.hash}
	})
	if err != nil {
		return err
	}
	return t.setAuditHead(head)
}

// sealAll gives all entries the two seals of today, and adds one that vouches for
// them. What was blanked before is blank as to who and as to what.
func sealAll(t *tx) error {
	seals := newSealsHash()
	err := t.changeAll(func(e *auditRow) {
		e.makeSeals()
		if e.salt == nil {
			e.whoSalt, e.whatSalt = nil, nil
		}
		seals.add(e)
	})
	if err != nil {
		return err
	}
	return t.audit(schema.ByItself(schema.NameUpgrade), schema.ActionUpgrade, map[string]any{"entries": seals.entries, "seals": seals.text()})
}

// changeAll calls change for every entry, in order, and writes what it changed.
func (t *tx) changeAll(change func(e *auditRow)) error {
	const batch = 1000
	for last := int64(0); ; {
		var rows []auditRow
		err := t.auditRows(last, batch, func(e *auditRow) error {
			change(e)
			last = e.key
			rows = append(rows, *e)
			return nil
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			if err := t.changeAudit(&rows[i]); err != nil {
				return err
			}
		}
	}
}

// sealsHash is a SHA-256 over the seals of the entries that were sealed at an upgrade.
type sealsHash struct {
	hash    hash.Hash
	entries int64
}

func newSealsHash() *sealsHash { return &sealsHash{hash: sha256.New()} }

func (h *sealsHash) add(e *auditRow) {
	h.entries++
	h.hash.Write(digest(binary.BigEndian.AppendUint64(nil, uint64(e.key)), string(e.whoSealed), string(e.whatSealed)))
}

func (h *sealsHash) text() string { return hex.EncodeToString(h.hash.Sum(nil)) }

// vouchesFor reports whether an entry of the action upgrade vouches for these seals.
func (h *sealsHash) vouchesFor(e *auditRow) bool {
	var detail struct {
		Seals string `json:"seals"`
	}
	return json.Unmarshal([]byte(e.detail), &detail) == nil && detail.Seals == h.text()
}
