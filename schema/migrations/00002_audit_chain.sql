-- The audit list becomes a chain: every entry holds the hash of the one before
-- it, so that one that was changed, removed or moved shows. And references can be
-- followed back from what they lead to.

-- +goose Up

-- Who, from where and on what are sealed apart from the rest, so that they can be
-- blanked when somebody is forgotten and the chain still holds. Entries of before
-- are chained by the program, right after this.
ALTER TABLE audit ADD COLUMN salt BLOB;   -- 16 random bytes; NULL: the entry was blanked
ALTER TABLE audit ADD COLUMN sealed BLOB; -- SHA-256 of the salt, token_name, remote and detail
ALTER TABLE audit ADD COLUMN hash BLOB;   -- SHA-256 of the hash before, sealed and all other columns
CREATE INDEX audit_by_time ON audit (created_at);

-- The key and the hash of the last entry lie in "setting", too: an end that was
-- cut off shows. Nothing is written yet.
INSERT INTO setting (name, value) VALUES ('audit_head', '0 ');

-- +goose StatementBegin
CREATE TRIGGER audit_appends BEFORE INSERT ON audit
WHEN new.key <= (SELECT max(key) FROM audit)
BEGIN
  SELECT raise(ABORT, 'the audit list is only ever added to');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit
BEGIN
  SELECT raise(ABORT, 'the audit list is only ever added to');
END;
-- +goose StatementEnd

-- Two changes are let through: hashes for an entry that has none, and the blank
-- in the place of who, from where and on what.
-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
WHEN new.key IS NOT old.key OR new.created_at IS NOT old.created_at OR new.action IS NOT old.action
  OR new.role IS NOT old.role OR new.request_id IS NOT old.request_id
  OR NOT (
    (old.hash IS NULL AND new.hash IS NOT NULL
      AND new.token_name IS old.token_name AND new.remote IS old.remote AND new.detail IS old.detail)
    OR (new.hash IS old.hash AND new.sealed IS old.sealed AND new.salt IS NULL
      AND new.token_name = 'forgotten' AND new.remote = '' AND new.detail = '{}')
  )
BEGIN
  SELECT raise(ABORT, 'the audit list is only ever added to');
END;
-- +goose StatementEnd

CREATE INDEX emulation_by_grant ON emulation (grant_key) WHERE grant_key IS NOT NULL;
CREATE INDEX chat_by_attempt ON chat (attempt_key) WHERE attempt_key IS NOT NULL;
