-- When people train and what it costs, and how many records there are, without a walk
-- through the records.

-- +goose Up

-- One row for each cohort, day and weekday with sessions, and one for all people together.
-- A day has a second weekday where its clock is set back over midnight.
CREATE TABLE usage_day (
  cohort_key   INTEGER NOT NULL, -- 0: all people
  day          INTEGER NOT NULL, -- days since 1970
  weekday      INTEGER NOT NULL, -- that the clock showed; 0: Monday
  -- sessions that were created in each hour of that day, by the instance's clock
  hour_00 INTEGER NOT NULL, hour_01 INTEGER NOT NULL, hour_02 INTEGER NOT NULL, hour_03 INTEGER NOT NULL, hour_04 INTEGER NOT NULL, hour_05 INTEGER NOT NULL,
  hour_06 INTEGER NOT NULL, hour_07 INTEGER NOT NULL, hour_08 INTEGER NOT NULL, hour_09 INTEGER NOT NULL, hour_10 INTEGER NOT NULL, hour_11 INTEGER NOT NULL,
  hour_12 INTEGER NOT NULL, hour_13 INTEGER NOT NULL, hour_14 INTEGER NOT NULL, hour_15 INTEGER NOT NULL, hour_16 INTEGER NOT NULL, hour_17 INTEGER NOT NULL,
  hour_18 INTEGER NOT NULL, hour_19 INTEGER NOT NULL, hour_20 INTEGER NOT NULL, hour_21 INTEGER NOT NULL, hour_22 INTEGER NOT NULL, hour_23 INTEGER NOT NULL,
  runs         INTEGER NOT NULL, -- of these sessions, whenever the runs were
  tokens       INTEGER NOT NULL,
  cost_dollars INTEGER NOT NULL, -- the cost is the sum of both
  cost_nanos   INTEGER NOT NULL,
  PRIMARY KEY (cohort_key, day, weekday)
) STRICT, WITHOUT ROWID;

-- Where usage_day counts a stale session whose time, person or cohort has changed since.
CREATE TABLE counted_session (
  session_key INTEGER PRIMARY KEY,
  created_at  INTEGER NOT NULL,
  cohort_key  INTEGER NOT NULL
) STRICT;

CREATE TABLE record_count (
  kind    TEXT PRIMARY KEY,
  records INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO setting (name, value) VALUES ('derive_anew', 1); -- fills the tables
