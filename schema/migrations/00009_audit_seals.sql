-- Entries of the audit list carry the id of the token, and seal who acted apart from
-- what it was done on: whoever is forgotten goes from the entries about them, and
-- those who acted stay in them.

-- +goose Up

ALTER TABLE audit ADD COLUMN token_id TEXT NOT NULL DEFAULT ''; -- '': not by a token, or from before ids were written down

-- The seals of the entries of before are made by the program, right after this, and
-- vouched for by an entry of the action "upgrade". "salt" and "sealed" are theirs
-- alone: of the old seal over both, which their hash is of.
ALTER TABLE audit ADD COLUMN who_salt BLOB;    -- 16 random bytes; NULL: who acted was forgotten
ALTER TABLE audit ADD COLUMN who_sealed BLOB;  -- SHA-256 of the salt, token_id, token_name and remote
ALTER TABLE audit ADD COLUMN what_salt BLOB;   -- 16 random bytes; NULL: somebody acted on was forgotten
ALTER TABLE audit ADD COLUMN what_sealed BLOB; -- SHA-256 of the salt and detail

-- Three changes are let through: the hash for an entry that has none, the seals for
-- one that has none, and a blank in the place of who, or of what, or of both.
DROP TRIGGER audit_stays;
-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
WHEN new.key IS NOT old.key OR new.created_at IS NOT old.created_at OR new.action IS NOT old.action
  OR new.role IS NOT old.role OR new.request_id IS NOT old.request_id OR new.sealed IS NOT old.sealed
  OR (old.hash IS NOT NULL AND new.hash IS NOT old.hash)
  OR (old.who_sealed IS NOT NULL AND (new.who_sealed IS NOT old.who_sealed OR new.what_sealed IS NOT old.what_sealed))
  OR NOT (
    (new.token_id IS old.token_id AND new.token_name IS old.token_name AND new.remote IS old.remote
      AND (new.who_salt IS old.who_salt OR old.who_sealed IS NULL))
    OR (new.who_salt IS NULL AND new.token_id = '' AND new.token_name = 'forgotten' AND new.remote = '')
  )
  OR NOT (
    (new.detail IS old.detail AND (new.what_salt IS old.what_salt OR old.who_sealed IS NULL))
    OR (new.what_salt IS NULL AND new.detail = '{}')
  )
  OR (new.salt IS NOT old.salt AND (new.salt IS NOT NULL OR (new.who_salt IS NOT NULL AND new.what_salt IS NOT NULL)))
BEGIN
  SELECT raise(ABORT, 'the audit list is only ever added to');
END;
-- +goose StatementEnd
