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
// What names somebody goes into the chain by its seal alone. Who acted, or what was
// acted on, can so be blanked, salt and all, without a trace to guess from, and the
// chain still holds. Whoever can write to the file can write the whole chain anew:
// only a hash that was written down elsewhere tells.
//
// Entries of before schema 9 have one seal of token_name, remote and detail together,
// and their hash is of that. They got the two seals at the upgrade, and an entry of
// the action "upgrade" holds a hash of all of these (see auditseals.go).

// auditRow is an entry as it lies in the file.
type auditRow struct {
	key                                                         int64
	createdAt                                                   schema.Instant
	action, tokenID, tokenName, role, remote, requestID, detail string
	salt, sealed                                                []byte // of before schema 9
	whoSalt, whoSealed, whatSalt, whatSealed, hash              []byte
}

// What stands in an entry that was blanked; the trigger audit_stays knows it, too.
const (
	blankName   = schema.NameForgotten
	blankDetail = "{}"
)

// saltSize is enough that what a seal holds cannot be guessed and tried.
const saltSize = 16

func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// close seals the entry and hangs it behind the one with the hash.
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

// whoBlank reports whether whoever acted was forgotten; whatBlank, whether somebody
// acted on was.
func (e *auditRow) whoBlank() bool  { return e.whoSalt == nil }
func (e *auditRow) whatBlank() bool { return e.whatSalt == nil }

func (e *auditRow) blankWho() {
	e.tokenID, e.tokenName, e.remote, e.salt, e.whoSalt = "", blankName, "", nil, nil
}
func (e *auditRow) blankWhat() { e.detail, e.salt, e.whatSalt = blankDetail, nil, nil }

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

const auditRowColumns = `key, created_at, action, token_id, token_name, role, remote, request_id, detail,
	salt, sealed, who_salt, who_sealed, what_salt, what_sealed, hash`

// auditRows calls fn for the entries after one, in order, at most so many of them.
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

// changeAudit writes to the file what of an entry may change.
func (t *tx) changeAudit(e *auditRow) error {
	return t.Exec(`UPDATE audit SET token_id = ?, token_name = ?, remote = ?, detail = ?,
		salt = ?, who_salt = ?, who_sealed = ?, what_salt = ?, what_sealed = ?, hash = ? WHERE key = ?`,
		e.tokenID, e.tokenName, e.remote, e.detail, e.salt, e.whoSalt, e.whoSealed, e.whatSalt, e.whatSealed, e.hash, e.key)
}
