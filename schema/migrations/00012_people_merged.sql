-- What is put right by hand stays so when the same is imported again.

-- +goose Up

-- An id that was found to be another person's: what names it means that person.
CREATE TABLE profile_alias (
  id          TEXT PRIMARY KEY,                    -- of a profile that is no more
  profile_key INTEGER NOT NULL REFERENCES profile, -- who is meant
  name        TEXT NOT NULL,                       -- that the profile had; logs know people by it
  rederive    INTEGER NOT NULL                     -- 1: the next import of a log with the id derives the person's records anew
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_alias_by_profile ON profile_alias (profile_key);

-- Rows of logs of which a session was made that somebody deleted: nothing is made of them
-- again. The columns are those of log_row.
CREATE TABLE log_row_deleted (
  site_key    INTEGER NOT NULL REFERENCES log_site,
  id          INTEGER NOT NULL,
  digest_high INTEGER NOT NULL,
  digest_low  INTEGER NOT NULL,
  position    INTEGER NOT NULL,
  PRIMARY KEY (site_key, id, digest_high, digest_low, position)
) STRICT, WITHOUT ROWID;
