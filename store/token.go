package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"time"
	"unicode/utf8"

	"glow/schema"
)

// tokenPrefix lets people and scanners for leaked secrets recognise a token.
const tokenPrefix = "glow_"

// minSecret is the minimum length, in characters, of a secret that a person chose.
const minSecret = 20

// NewSecret returns the secret of a new token: 256 random bits.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

var errNoToken = schema.Errorf(schema.CodeUnauthorized, "this needs a valid token")

// Authenticate returns the caller with this secret, or a schema.Error of CodeUnauthorized.
func (s *Store) Authenticate(ctx context.Context, secret string) (caller schema.Caller, err error) {
	hash := sha256.Sum256([]byte(secret))
	token, known, changes := s.tokens.get(hash)
	if !known {
		matches := func(stored []byte) bool { return subtle.ConstantTimeCompare(stored, hash[:]) == 1 }
		if token, err = s.findToken(ctx, `hash = ?`, hash[:], matches); err != nil {
			return caller, err
		}
		s.tokens.put(hash, token, changes)
	}
	return s.holder(token)
}

// Holder returns the caller with this token, or a schema.Error of CodeUnauthorized if it
// was revoked or has expired.
func (s *Store) Holder(ctx context.Context, tokenID string) (caller schema.Caller, err error) {
	token, err := s.findToken(ctx, `id = ?`, tokenID, func([]byte) bool { return true })
	if err != nil {
		return caller, err
	}
	return s.holder(token)
}

// holder returns the caller of a token that has not expired, and records its use.
func (s *Store) holder(token cachedToken) (schema.Caller, error) {
	if token.expires != nil && *token.expires <= s.latestTime() {
		return schema.Caller{}, schema.Errorf(schema.CodeUnauthorized, "this token has expired")
	}
	s.recordUse(token.key, s.instant())
	return token.caller, nil
}

// findToken reads the unrevoked token that meets a condition and whose hash matches.
func (s *Store) findToken(ctx context.Context, which string, arg any, matches func(hash []byte) bool) (token cachedToken, err error) {
	var (
		stored                 []byte
		departments, profileID sql.NullString
		mayChange              sql.NullString
	)
	c := &token.caller
	err = s.read(ctx, func(t *tx) error {
		return t.QueryRow([]any{&token.key, &stored, &c.TokenID, &c.TokenName, &c.Role, &departments, &profileID, &mayChange, &token.expires},
			`SELECT key, hash, id, name, role, department_ids, profile_id, may_change, expires_at FROM token WHERE `+which+` AND revoked_at IS NULL`, arg)
	})
	if errors.Is(err, sql.ErrNoRows) || (err == nil && !matches(stored)) {
		return token, errNoToken
	}
	if err != nil {
		return token, err
	}
	c.ProfileID = profileID.String
	if mayChange.Valid {
		if c.MayChangeKinds, err = parseList(mayChange.String); err != nil {
			return token, err
		}
	}
	c.DepartmentIDs, err = parseList(departments.String)
	return token, err
}

// HasTokens reports whether any token was ever made.
func (s *Store) HasTokens(ctx context.Context) (has bool, err error) {
	err = s.read(ctx, func(t *tx) error {
		n, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM token)`)
		has = n != 0
		return err
	})
	return has, err
}

// AdoptToken creates an admin token with a given secret: one of NewSecret, or one that a
// person chose, which needs at least minSecret characters.
func (s *Store) AdoptToken(ctx context.Context, name, secret string) error {
	if utf8.RuneCountInString(secret) < minSecret {
		return schema.Errorf(schema.CodeInvalid, "the token is too short; it needs at least %d characters", minSecret)
	}
	return s.write(ctx, func(t *tx) error {
		_, err := t.insertToken(schema.TokenCreateRequest{Name: name, Role: schema.RoleAdmin}, nil, secret)
		return err
	})
}

// LinkToken creates the admin token for somebody who followed the link that glow serve
// printed. Nobody knows its secret. It is listed and can be revoked like any other, and
// expires after life.
func (s *Store) LinkToken(ctx context.Context, remote, requestID string, life time.Duration) (caller schema.Caller, err error) {
	var made schema.Token
	err = s.write(ctx, func(t *tx) error {
		ends := t.now + schema.Instant(life.Microseconds())
		name := schema.NameLink + " " + newID()
		made, err = t.insertToken(schema.TokenCreateRequest{Name: name, Role: schema.RoleAdmin}, &ends, NewSecret())
		if err != nil {
			return err
		}
		glow := schema.Caller{TokenName: schema.NameServe, Role: schema.RoleAdmin, Remote: remote, RequestID: requestID}
		return t.audit(glow, schema.ActionTokenCreate, map[string]any{"token_id": made.TokenID, "name": name, "role": made.Role})
	})
	if err != nil {
		return caller, err
	}
	return s.Holder(ctx, made.TokenID)
}

const tokenColumns = `id, name, role, department_ids, profile_id, may_change, created_at, expires_at, last_used_at, revoked_at`

func scanToken(scan func(...any) error) (k schema.Token, err error) {
	var departments, mayChange sql.NullString
	err = scan(&k.TokenID, &k.Name, &k.Role, &departments, &k.ProfileID, &mayChange, &k.CreatedAt, &k.ExpiresAt, &k.LastUsedAt, &k.RevokedAt)
	if err != nil {
		return k, err
	}
	if k.MayChange, err = parseList(mayChange.String); err != nil {
		return k, err
	}
	k.DepartmentIDs, err = parseList(departments.String)
	return k, err
}

// Tokens lists the tokens in the order of their creation.
func (s *Store) Tokens(ctx context.Context) (answer schema.TokensResponse, err error) {
	answer.Data = []schema.Token{}
	err = s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			k, err := scanToken(scan)
			answer.Data = append(answer.Data, k)
			return err
		}, `SELECT `+tokenColumns+` FROM token ORDER BY key`)
	})
	return answer, err
}

// CreateToken creates a token. Its departments and person must exist.
func (s *Store) CreateToken(ctx context.Context, caller schema.Caller, req schema.TokenCreateRequest) (answer schema.TokenCreateResponse, err error) {
	expires, err := req.Expiry(s.o.Zone)
	if err != nil {
		return answer, err
	}
	answer.Secret = NewSecret()
	err = s.write(ctx, func(t *tx) error {
		if expires != nil && *expires <= s.latestTime() {
			return schema.Invalid("expires_at", "%q has passed already", req.ExpiresAt)
		}
		if err := t.checkDepartments(schema.Scope{All: true}, req.DepartmentIDs); err != nil {
			return err
		}
		if req.ProfileID != "" {
			if _, err := t.personKey(schema.Scope{All: true}, req.ProfileID); err != nil {
				return schema.Invalid("profile_id", "there is no person %q", req.ProfileID)
			}
		}
		taken, err := t.QueryCount(`SELECT count(*) FROM token WHERE name = ? AND revoked_at IS NULL`, req.Name)
		if err != nil {
			return err
		}
		if taken > 0 {
			return schema.Errorf(schema.CodeConflict, "there is a token named %q already; revoke it first or choose another name", req.Name)
		}
		if answer.Token, err = t.insertToken(req, expires, answer.Secret); err != nil {
			return err
		}
		return t.audit(caller, schema.ActionTokenCreate, map[string]any{
			"token_id": answer.TokenID, "name": req.Name, "role": req.Role, "department_ids": answer.DepartmentIDs, "profile_id": answer.ProfileID,
			"may_change": answer.MayChange,
		})
	})
	return answer, err
}

func (t *tx) insertToken(req schema.TokenCreateRequest, expires *schema.Instant, secret string) (k schema.Token, err error) {
	hash := sha256.Sum256([]byte(secret))
	id := newID()
	profile := sql.NullString{String: req.ProfileID, Valid: req.ProfileID != ""}
	mayChange := sql.NullString{String: jsonList(req.MayChange), Valid: len(req.MayChange) > 0}
	err = t.Exec(`INSERT INTO token (id, name, hash, role, department_ids, profile_id, may_change, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, req.Name, hash[:], req.Role, jsonList(req.DepartmentIDs), profile, mayChange, t.now, expires)
	if err != nil {
		return k, err
	}
	err = t.Query(func(scan func(...any) error) error { k, err = scanToken(scan); return err }, `SELECT `+tokenColumns+` FROM token WHERE id = ?`, id)
	return k, err
}

// RevokeToken revokes a token. For one revoked before, the first time is returned.
func (s *Store) RevokeToken(ctx context.Context, caller schema.Caller, req schema.TokenRevokeRequest) (answer schema.TokenRevokeResponse, err error) {
	err = s.write(ctx, func(t *tx) error {
		var revoked *schema.Instant
		err := t.QueryRow([]any{&answer.TokenID, &revoked},
			`SELECT id, revoked_at FROM token WHERE (id = ?1 AND ?1 <> '') OR (name = ?2 AND revoked_at IS NULL AND ?2 <> '')`, req.TokenID, req.Name)
		if errors.Is(err, sql.ErrNoRows) {
			return schema.Errorf(schema.CodeNotFound, "there is no token %q", req.TokenID+req.Name)
		}
		if err != nil {
			return err
		}
		if revoked != nil {
			answer.RevokedAt = *revoked
			return nil
		}
		answer.RevokedAt = t.now
		t.changesTokens()
		if err := t.Exec(`UPDATE token SET revoked_at = ? WHERE id = ?`, t.now, answer.TokenID); err != nil {
			return err
		}
		return t.audit(caller, schema.ActionTokenRevoke, map[string]any{"token_id": answer.TokenID})
	})
	return answer, err
}
