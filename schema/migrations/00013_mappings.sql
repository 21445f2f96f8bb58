-- What the columns of tables of other programs are, as somebody here said once.

-- +goose Up
CREATE TABLE mapping (
  key        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  definition TEXT NOT NULL -- JSON: schema.Mapping
) STRICT;

INSERT INTO record_count (kind, records) VALUES ('mapping', 0);
