-- How far the records of each department are known to reach, where more is known
-- than the records themselves tell.

-- +goose Up
CREATE TABLE horizon (
  department_key INTEGER PRIMARY KEY, -- 0: the people without a department
  covers_until   INTEGER, -- a person said: all records up to here are in
  from_log       INTEGER, -- 1: records of its people came out of a log
  posted_at      INTEGER, -- when a record about one of its people was last posted as it happened
  pending_at     INTEGER  -- the same of posts that the summaries do not show yet; posted_at from the next refresh on
) STRICT;
