-- A session that is made of the rows that name it belongs to the person of the
-- earliest that has one.

-- +goose Up
ALTER TABLE session ADD COLUMN owned_at INTEGER; -- when that row was, in microseconds; NULL: not told

-- Rows of an export of the full Glow that wait until another import names the session,
-- group or grant that they hang on.
CREATE TABLE waiting_row (
  kind       TEXT NOT NULL,
  content    TEXT NOT NULL,    -- JSON object: the texts of the record's fields
  position   INTEGER NOT NULL, -- among rows that say the same, from 0
  created_at INTEGER NOT NULL,
  PRIMARY KEY (kind, content, position)
) STRICT, WITHOUT ROWID;
