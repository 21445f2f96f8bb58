package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"glow/schema"
)

// The audit list is a chain. Each entry has two hashes, SHA-256 both:
//
//	sealed  of the salt, token_name, remote and detail
//	hash    of the hash before, key, created_at, action, role, request_id and sealed
//
// What names somebody goes into the chain by its seal alone. Who is forgotten can
// so be blanked, salt and all, without a trace to guess from, and the chain still
// holds. Whoever can write to the file can write the whole chain anew: only a hash
// that was written down elsewhere tells.

// auditRow is an entry as it lies in the file.
type auditRow struct {
	key                                                int64
	createdAt                                          schema.Instant
	action, tokenName, role, remote, requestID, detail string
	salt, sealed, hash                                 []byte
}

// What stands in an entry that was blanked; the trigger audit_stays knows it, too.
const (
	blankName   = "forgotten"
	blankRemote = ""
	blankDetail = "{}"
)

// saltSize is enough that what a seal holds cannot be guessed and tried.
const saltSize = 16

// close seals the entry and hangs it behind the one with the hash.
func (e *auditRow) close(before []byte) {
	e.salt = make([]byte, saltSize)
	_, _ = rand.Read(e.salt) // never fails
	e.sealed = e.seal()
	e.hash = e.hashAfter(before)
}

func (e *auditRow) seal() []byte { return digest(e.salt, e.tokenName, e.remote, e.detail) }

func (e *auditRow) hashAfter(before []byte) []byte {
	b := binary.BigEndian.AppendUint64(append([]byte(nil), before...), uint64(e.key))
	b = binary.BigEndian.AppendUint64(b, uint64(e.createdAt))
	return digest(b, e.action, e.role, e.requestID, string(e.sealed))
}

// blanked tells whether somebody whom the entry named was forgotten.
func (e *auditRow) blanked() bool { return e.salt == nil }

// digest hashes some bytes and texts, each of which is told apart from the next by
// its length.
func digest(first []byte, texts ...string) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(len(first)))
	b = append(b, first...)
	for _, text := range texts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

func parseAuditHead(text string) (head auditHead, err error) {
	key, hash, _ := strings.Cut(text, " ")
	if head.key, err = strconv.ParseInt(key, 10, 64); err != nil {
		return auditHead{}, err
	}
	if head.hash, err = hex.DecodeString(hash); err != nil {
		return auditHead{}, err
	}
	return head, nil
}

// auditRows calls fn for the entries after one, in order, at most so many of them.
func (t *tx) auditRows(after, most int64, fn func(e *auditRow) error) error {
	return t.each(func(scan func(...any) error) error {
		var e auditRow
		err := scan(&e.key, &e.createdAt, &e.action, &e.tokenName, &e.role, &e.remote, &e.requestID, &e.detail, &e.salt, &e.sealed, &e.hash)
		if err != nil {
			return err
		}
		return fn(&e)
	}, `SELECT key, created_at, action, token_name, role, remote, request_id, detail, salt, sealed, hash
		FROM audit WHERE key > ? ORDER BY key LIMIT ?`, after, most)
}

// chainOldAudit chains the entries of a file from before there was a chain. It is
// all done or not begun: a file of which any entry is chained is left alone.
func chainOldAudit(ctx context.Context, db *sql.DB) (err error) {
	c, err := connOf(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.release()) }()
	t := &tx{ctx: ctx, c: c}
	unchained, err := t.count(`SELECT EXISTS (SELECT 1 FROM audit) AND NOT EXISTS (SELECT 1 FROM audit WHERE hash IS NOT NULL)`)
	if err != nil || unchained == 0 {
		return err
	}
	return t.transact(chainAll)
}

func chainAll(t *tx) error {
	const batch = 1000
	var head auditHead
	for {
		var rows []auditRow
		err := t.auditRows(head.key, batch, func(e *auditRow) error {
			e.close(head.hash)
			head = auditHead{e.key, e.hash}
			rows = append(rows, *e)
			return nil
		})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return t.setAuditHead(head)
		}
		for _, e := range rows {
			if err := t.exec(`UPDATE audit SET salt = ?, sealed = ?, hash = ? WHERE key = ?`, e.salt, e.sealed, e.hash, e.key); err != nil {
				return err
			}
		}
	}
}
