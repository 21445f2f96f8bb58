package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"glow/schema"
)

// The audit list is a chain. Each entry has three hashes, SHA-256 all:
//
//	who_sealed   of a salt, token_id, token_name and remote
//	what_sealed  of another salt and detail
//	hash         of the hash before, key, created_at, action, role, request_id and both seals
//
// The chain contains what names somebody only through its seal. So who acted, or what was
// acted on, can be blanked together with its salt: nothing is left to guess from, and the
// chain is still valid. Somebody who can write to the file can also rewrite the whole
// chain; only a copy of a hash elsewhere shows that.
//
// Entries from before schema 9 have one seal of token_name, remote and detail, and their
// hash is of that. They got the two seals at the upgrade, and an entry of the action
// "upgrade" holds a hash of all of these (see audit_seals.go).

// auditRow is an entry as it is stored.
type auditRow struct {
	key                                                         int64
	createdAt                                                   schema.Instant
	action, tokenID, tokenName, role, remote, requestID, detail string
	salt, sealed                                                []byte // of before schema 9
	whoSalt, whoSealed, whatSalt, whatSealed, hash              []byte
}

// What a blanked entry contains. The trigger audit_stays has the same values.
const (
	blankName   = schema.NameForgotten
	blankDetail = "{}"
)

// saltSize is large enough that the content of a seal cannot be guessed.
const saltSize = 16

func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// close seals the entry and computes its hash after the previous one.
func (e *auditRow) close(before []byte) {
	e.makeSeals()
	e.hash = e.hashAfter(before)
}

func (e *auditRow) makeSeals() {
	e.whoSalt, e.whatSalt = newSalt(), newSalt()
	e.whoSealed, e.whatSealed = e.sealWho(), e.sealWhat()
}

func (e *auditRow) sealWho() []byte  { return digest(e.whoSalt, e.tokenID, e.tokenName, e.remote) }
func (e *auditRow) sealWhat() []byte { return digest(e.whatSalt, e.detail) }
func (e *auditRow) sealOld() []byte  { return digest(e.salt, e.tokenName, e.remote, e.detail) }

func (e *auditRow) hashAfter(before []byte) []byte {
	b := binary.BigEndian.AppendUint64(append([]byte(nil), before...), uint64(e.key))
	b = binary.BigEndian.AppendUint64(b, uint64(e.createdAt))
	if e.isOld() {
		return digest(b, e.action, e.role, e.requestID, string(e.sealed))
	}
	return digest(b, e.action, e.role, e.requestID, string(e.whoSealed), string(e.whatSealed))
}

// isOld reports whether the entry was chained before schema 9.
func (e *auditRow) isOld() bool { return e.sealed != nil }

// whoBlank reports whether the person who acted was forgotten, whatBlank whether the
// person acted on was.
func (e *auditRow) whoBlank() bool  { return e.whoSalt == nil }
func (e *auditRow) whatBlank() bool { return e.whatSalt == nil }

func (e *auditRow) blankWho() {
	e.tokenID, e.tokenName, e.remote, e.salt, e.whoSalt = "", blankName, "", nil, nil
}
func (e *auditRow) blankWhat() { e.detail, e.salt, e.whatSalt = blankDetail, nil, nil }

// digest hashes bytes and texts, each after its length, so that no two lists collide.
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

const auditRowColumns = `key, created_at, action, token_id, token_name, role, remote, request_id, detail,
	salt, sealed, who_salt, who_sealed, what_salt, what_sealed, hash`

// auditRows calls fn for at most that many entries after a key, in order.
func (t *tx) auditRows(after, most int64, fn func(e *auditRow) error) error {
	return t.Query(func(scan func(...any) error) error {
		var e auditRow
		err := scan(&e.key, &e.createdAt, &e.action, &e.tokenID, &e.tokenName, &e.role, &e.remote, &e.requestID, &e.detail,
			&e.salt, &e.sealed, &e.whoSalt, &e.whoSealed, &e.whatSalt, &e.whatSealed, &e.hash)
		if err != nil {
			return err
		}
		return fn(&e)
	}, `SELECT `+auditRowColumns+` FROM audit WHERE key > ? ORDER BY key LIMIT ?`, after, most)
}

// changeAudit stores the columns of an entry that may change.
func (t *tx) changeAudit(e *auditRow) error {
	return t.Exec(`UPDATE audit SET token_id = ?, token_name = ?, remote = ?, detail = ?,
		salt = ?, who_salt = ?, who_sealed = ?, what_salt = ?, what_sealed = ?, hash = ? WHERE key = ?`,
		e.tokenID, e.tokenName, e.remote, e.detail, e.salt, e.whoSalt, e.whoSealed, e.whatSalt, e.whatSealed, e.hash, e.key)
}
