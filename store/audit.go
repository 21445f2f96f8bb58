package store

import (
	"context"
	"encoding/json"
	"strconv"

	"glow/schema"
)

// Audit adds an entry to the audit list.
func (s *Store) Audit(ctx context.Context, caller schema.Caller, action string, detail map[string]any) error {
	return s.write(ctx, func(t *tx) error { return t.audit(caller, action, detail) })
}

func (t *tx) audit(caller schema.Caller, action string, detail map[string]any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO audit (created_at, action, token_name, role, remote, request_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		t.now, action, caller.TokenName, caller.Role, caller.Remote, caller.RequestID, string(text))
}

// AuditList returns one page of the audit list, the latest first.
func (s *Store) AuditList(ctx context.Context, req schema.AuditRequest) (answer schema.AuditResponse, err error) {
	answer.Data = []schema.AuditEntry{}
	err = s.read(ctx, func(t *tx) error {
		where, args := "true", []any(nil)
		if req.Action != "" {
			where, args = "action = ?", []any{req.Action}
		}
		total, err := t.count(`SELECT count(*) FROM audit WHERE `+where, args...)
		if err != nil {
			return err
		}
		answer.Page = req.Paging.Of(total)
		offset := int64(req.Paging.Number()-1) * int64(req.Paging.Size())
		return t.each(func(scan func(...any) error) error {
			var (
				e      schema.AuditEntry
				detail []byte
			)
			if err := scan(&e.AuditID, &e.CreatedAt, &e.Action, &e.TokenName, &e.Role, &e.Remote, &e.RequestID, &detail); err != nil {
				return err
			}
			answer.Data = append(answer.Data, e)
			return json.Unmarshal(detail, &answer.Data[len(answer.Data)-1].Detail)
		}, `SELECT key, created_at, action, token_name, role, remote, request_id, detail FROM audit WHERE `+where+
			` ORDER BY key DESC LIMIT `+strconv.Itoa(req.Paging.Size())+` OFFSET `+strconv.FormatInt(offset, 10), args...)
	})
	return answer, err
}
