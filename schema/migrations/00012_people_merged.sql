-- An id that was found to be another person's stays known: what names it means that person.

-- +goose Up
CREATE TABLE profile_alias (
  id          TEXT PRIMARY KEY,                    -- of a profile that is no more
  profile_key INTEGER NOT NULL REFERENCES profile, -- who is meant
  name        TEXT NOT NULL,                       -- that the profile had; logs know people by it
  rederive    INTEGER NOT NULL                     -- 1: the next import of a log with the id derives the person's records anew
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_alias_by_profile ON profile_alias (profile_key);
