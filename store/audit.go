package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"strconv"

	"glow/schema"
)

// Audit adds an entry to the audit list. On a full disk it is kept in memory until there
// is room.
func (s *Store) Audit(ctx context.Context, caller schema.Caller, action string, detail map[string]any) error {
	return s.auditBy(ctx, s.write, caller, action, detail)
}

// AuditEnd adds an entry about how something ended. It waits for other writers without a
// limit, because what it records has already happened.
func (s *Store) AuditEnd(ctx context.Context, caller schema.Caller, action string, detail map[string]any) error {
	return s.auditBy(ctx, s.writePatiently, caller, action, detail)
}

func (s *Store) auditBy(ctx context.Context, write writeFunc, caller schema.Caller, action string, detail map[string]any) error {
	at, detail := s.instant(), maps.Clone(detail) // it may wait while the caller changes its own
	err := s.writeWaitingAudits(ctx, write)       // first, to keep the order of events
	if err == nil {
		err = write(ctx, func(t *tx) error { return t.audit(caller, action, detail) })
	}
	if schema.ErrorCode(err) == schema.CodeNoSpace && s.waitingAudits.add(waitingAudit{at, caller, action, detail}) {
		s.logError("an entry of the audit list waits until there is room", err)
		return nil
	}
	return err
}

// audit adds an entry to the chain. It reads the end of the chain in the same
// transaction, so that a rollback leaves no gap.
func (t *tx) audit(caller schema.Caller, action string, detail map[string]any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	head, err := t.auditHead()
	if err != nil {
		return err
	}
	last, err := t.QueryCount(`SELECT ifnull(max(key), 0) FROM audit`)
	if err != nil {
		return err
	}
	e := auditRow{
		key: max(head.key, last) + 1, createdAt: t.now, action: action, tokenID: caller.TokenID, tokenName: caller.TokenName, role: caller.Role,
		remote: caller.Remote, requestID: caller.RequestID, detail: string(text),
	}
	e.close(head.hash)
	err = t.Exec(`INSERT INTO audit (`+auditRowColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.key, e.createdAt, e.action, e.tokenID, e.tokenName, e.role, e.remote, e.requestID, e.detail,
		e.salt, e.sealed, e.whoSalt, e.whoSealed, e.whatSalt, e.whatSealed, e.hash)
	if err != nil {
		return err
	}
	return t.setAuditHead(auditHead{e.key, e.hash})
}

// AuditList returns one page of the audit list, the latest first. The order is that of
// writing, not of the clock.
func (s *Store) AuditList(ctx context.Context, req schema.AuditRequest) (answer schema.AuditResponse, err error) {
	answer.Data = []schema.AuditEntry{}
	err = s.read(ctx, func(t *tx) error {
		where, err := auditWhere(req, s)
		if err != nil {
			return err
		}
		total, err := t.QueryCount(`SELECT count(*) FROM audit k WHERE `+where.sql, where.args...)
		if err != nil {
			return err
		}
		answer.Page = req.Paging.Of(total)
		offset := int64(req.Paging.Number()-1) * int64(req.Paging.Size())
		return t.Query(func(scan func(...any) error) error {
			e, detail, err := scanAudit(scan)
			if err != nil {
				return err
			}
			answer.Data = append(answer.Data, e)
			return json.Unmarshal(detail, &answer.Data[len(answer.Data)-1].Detail)
		}, `SELECT `+auditColumns+` FROM audit k WHERE `+where.sql+
			` ORDER BY key DESC LIMIT `+strconv.Itoa(req.Paging.Size())+` OFFSET `+strconv.FormatInt(offset, 10), where.args...)
	})
	return answer, err
}

// auditWhere is the condition of a request over audit k.
func auditWhere(req schema.AuditRequest, s *Store) (clause, error) {
	where := clause{sql: "true"}
	w, err := schema.ParseWindow(req.DateFrom, req.DateTo, s.o.Zone)
	if err != nil {
		return where, err
	}
	if !w.Open() {
		where = inWindow("k", w)
	}
	if req.Action != "" {
		where.and("k.action = :action", sql.Named("action", req.Action))
	}
	if req.TokenName != "" {
		where.and("k.token_name = :token_name", sql.Named("token_name", req.TokenName))
	}
	if req.TokenID != "" {
		where.and("k.token_id = :token_id", sql.Named("token_id", req.TokenID))
	}
	return where, nil
}

const auditColumns = `key, created_at, action, token_id, token_name, role, remote, request_id, detail, hash`

func scanAudit(scan func(...any) error) (e schema.AuditEntry, detail []byte, err error) {
	var hash []byte
	err = scan(&e.AuditID, &e.CreatedAt, &e.Action, &e.TokenID, &e.TokenName, &e.Role, &e.Remote, &e.RequestID, &detail, &hash)
	e.Hash = hex.EncodeToString(hash)
	return e, detail, err
}

// auditHead is the end of the chain: the key and the hash of its last entry, or zero.
type auditHead struct {
	key  int64
	hash []byte
}

// auditHead reads the end of the chain. If somebody removed it, the next entry follows
// on no hash, which checkAudit reports from then on.
func (t *tx) auditHead() (head auditHead, err error) {
	var text string
	err = t.QueryRow([]any{&text}, `SELECT value FROM setting WHERE name = 'audit_head'`)
	if errors.Is(err, sql.ErrNoRows) {
		return head, nil
	}
	if err == nil {
		head, _ = parseAuditHead(text) // unreadable counts as removed
	}
	return head, err
}

func (t *tx) setAuditHead(head auditHead) error {
	return t.set("audit_head", strconv.FormatInt(head.key, 10)+" "+hex.EncodeToString(head.hash))
}
