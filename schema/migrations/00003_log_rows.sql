-- The rows of other programs' logs stay, so that sessions can be derived from all
-- rows of a person, whatever files and imports they came in.

-- +goose Up

-- A site whose logs were imported; its name starts the ids of its people.
CREATE TABLE log_site (
  key  INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- Names of people as the rows give them.
CREATE TABLE log_name (
  key      INTEGER PRIMARY KEY,
  site_key INTEGER NOT NULL REFERENCES log_site,
  name     TEXT NOT NULL,
  UNIQUE (site_key, name)
) STRICT;

-- One row of a log: what schema.LogRow describes. 0 is "not said".
CREATE TABLE log_row (
  site_key     INTEGER NOT NULL REFERENCES log_site,
  id           INTEGER NOT NULL, -- number that the log gives the row
  digest_high  INTEGER NOT NULL, -- of all cells of a row without a number
  digest_low   INTEGER NOT NULL,
  position     INTEGER NOT NULL, -- among rows of one file with the same digest
  at           INTEGER NOT NULL,
  repeated     INTEGER NOT NULL, -- 1: the clock shows this time twice
  event        INTEGER NOT NULL, -- code of the format
  origin       INTEGER NOT NULL, -- code of the format
  event_name   INTEGER NOT NULL, -- hash
  user         INTEGER NOT NULL, -- -1: not said; 0: nobody logged in
  real         INTEGER NOT NULL,
  related      INTEGER NOT NULL,
  object       INTEGER NOT NULL,
  module       INTEGER NOT NULL,
  name_key     INTEGER NOT NULL, -- of log_name
  affected_key INTEGER NOT NULL, -- of log_name
  profile_key  INTEGER REFERENCES profile, -- who acts, as worked out last
  viewed_key   INTEGER REFERENCES profile, -- the person acted as
  PRIMARY KEY (site_key, id, digest_high, digest_low, position)
) STRICT, WITHOUT ROWID;

-- Records that were made of such rows, and the person of whose rows.
CREATE TABLE log_record (
  kind        TEXT NOT NULL,    -- name of the kind
  key         INTEGER NOT NULL, -- in the kind's table
  profile_key INTEGER NOT NULL REFERENCES profile,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_record_by_profile ON log_record (profile_key, kind, key);
