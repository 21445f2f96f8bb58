-- What each import brought, so that it can be taken back. A key that a deletion frees may be
-- given to another record; so whatever deletes records also takes their keys out of here.

-- +goose Up
CREATE TABLE import (
  key           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  created_at    INTEGER NOT NULL,
  token_id      TEXT,             -- of who imported; NULL: no token
  token_name    TEXT NOT NULL,
  file          TEXT NOT NULL,    -- name; empty: not said
  size          INTEGER NOT NULL, -- bytes
  sha256        TEXT NOT NULL,    -- of the content, in hexadecimal; empty: not known
  taken_for     TEXT NOT NULL,    -- JSON array: what the files were found to be
  counts        TEXT NOT NULL,    -- JSON: schema.ImportCounts
  faults        TEXT NOT NULL,    -- JSON array: the first of records that were left out
  departments   TEXT NOT NULL,    -- JSON array of ids: those that it names for everybody in it
  site_key      INTEGER REFERENCES log_site, -- of a log; NULL: of records
  log_gap       INTEGER,          -- the longest pause within a session of that log, in microseconds
  said_role     INTEGER NOT NULL DEFAULT 0, -- 1: it says the role of everybody in a log
  log_viewers   INTEGER,          -- 1: names like "A as B" are told apart in that log
  permanent     TEXT,             -- why it cannot be taken back; NULL: it can
  taken_back_at INTEGER
) STRICT;

-- Records that it added.
CREATE TABLE import_added (
  import_key INTEGER NOT NULL REFERENCES import,
  kind       TEXT NOT NULL,
  first_key  INTEGER NOT NULL, -- in the kind's table
  last_key   INTEGER NOT NULL  -- included
) STRICT;
CREATE INDEX import_added_by_import ON import_added (import_key, kind, first_key, last_key);
CREATE INDEX import_added_by_key ON import_added (kind, first_key, last_key); -- ranges of a kind do not overlap

-- Records that were there before, and stand in it, too.
CREATE TABLE import_held (
  import_key INTEGER NOT NULL REFERENCES import,
  kind       TEXT NOT NULL,
  first_key  INTEGER NOT NULL,
  last_key   INTEGER NOT NULL, -- included
  complete   INTEGER NOT NULL  -- 1: it says all fields of them
) STRICT;
CREATE INDEX import_held_by_import ON import_held (import_key, kind);

-- Records that it changed, as they were before.
CREATE TABLE import_changed (
  kind       TEXT NOT NULL,
  key        INTEGER NOT NULL,
  import_key INTEGER NOT NULL REFERENCES import,
  former     TEXT NOT NULL, -- JSON object: fields
  PRIMARY KEY (kind, key, import_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_changed_by_import ON import_changed (import_key);

-- Records of imports that something other than an import changed.
CREATE TABLE changed_by_hand (
  kind       TEXT NOT NULL,
  key        INTEGER NOT NULL,
  import_key INTEGER NOT NULL, -- the latest import by then
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- What it said of how far records reach, and what was known of that before.
CREATE TABLE import_horizon (
  import_key     INTEGER NOT NULL REFERENCES import,
  department_key INTEGER NOT NULL, -- as in horizon
  covers_until   INTEGER,          -- that it said; NULL: nothing
  former_until   INTEGER,
  said_log       INTEGER NOT NULL, -- 1: it is of a log
  former_log     INTEGER,
  PRIMARY KEY (import_key, department_key)
) STRICT, WITHOUT ROWID;

-- Rows of a log that an earlier import had brought.
CREATE TABLE import_repeated (
  import_key INTEGER NOT NULL REFERENCES import,
  of_key     INTEGER NOT NULL REFERENCES import,
  PRIMARY KEY (import_key, of_key)
) STRICT, WITHOUT ROWID;

ALTER TABLE log_row ADD COLUMN import_key INTEGER; -- that brought it first; NULL: not known
