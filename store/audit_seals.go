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

// upgradeAudit upgrades the entries of an older file so that new ones can follow: it chains
// entries from before the chain, and gives the two seals to entries with one. Each step is
// one transaction.
func upgradeAudit(ctx context.Context, c *sqlite.Conn) error {
	t := newTx(c.Tx(ctx))
	for _, step := range []struct {
		due string
		do  func(*tx) error
	}{
		{`SELECT EXISTS (SELECT 1 FROM audit) AND NOT EXISTS (SELECT 1 FROM audit WHERE hash IS NOT NULL)`, chainAll},
		// CASE avoids a scan of all entries if any has the new seals.
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

// chainAll chains all entries and stores the end of the chain.
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

// sealAll gives all entries the two seals and adds an entry that vouches for them. In
// entries blanked before, both parts are blank.
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
