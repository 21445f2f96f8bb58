-- The records, the summary tables computed from them, and what the instance
-- keeps about itself.
--
-- Every kind of record is a table of the same name. "key" is the number that
-- rows know each other by inside the file; "id" is the text that people and
-- files know them by. A field "x_id" of a record is the column "x_key" here.
-- Times are microseconds since 1970 UTC, dates are days since 1970, costs are
-- nano-dollars, bools are 0 or 1; NULL is "left out".

-- +goose Up

-- Settings of this file: its time zone, its pseudonym key, when it was refreshed.
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE department (
  key  INTEGER PRIMARY KEY,
  id   TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL
) STRICT;

CREATE TABLE term (
  key       INTEGER PRIMARY KEY,
  id        TEXT NOT NULL UNIQUE,
  name      TEXT NOT NULL,
  starts_on INTEGER NOT NULL, -- first day
  ends_on   INTEGER NOT NULL  -- last day, included
) STRICT;

CREATE TABLE profile (
  key            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL,
  email          TEXT,
  role           TEXT NOT NULL,
  department_ids TEXT,             -- JSON array of ids, sorted; profile_department is its index
  active         INTEGER NOT NULL,
  name_folded    TEXT NOT NULL,    -- name and role in the form that searches compare
  role_folded    TEXT NOT NULL,
  cohort_key     INTEGER REFERENCES cohort
) STRICT;
CREATE INDEX profile_by_cohort ON profile (cohort_key, role);

-- People with the same departments and role. Every filter by department or role
-- and every scope by department is a choice of cohorts.
CREATE TABLE cohort (
  key            INTEGER PRIMARY KEY,
  department_ids TEXT NOT NULL, -- JSON array, as in profile; '[]' for none
  role_folded    TEXT NOT NULL,
  UNIQUE (department_ids, role_folded)
) STRICT;

CREATE TABLE profile_department (
  department_key INTEGER NOT NULL REFERENCES department,
  profile_key    INTEGER NOT NULL REFERENCES profile,
  PRIMARY KEY (department_key, profile_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_department_by_profile ON profile_department (profile_key);

CREATE TABLE session (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  profile_key INTEGER NOT NULL REFERENCES profile,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER,
  ended_at    INTEGER
) STRICT;
CREATE INDEX session_by_time ON session (created_at, id, profile_key, ended_at);
CREATE INDEX session_by_profile ON session (profile_key, created_at, id);

CREATE TABLE login (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  profile_key INTEGER NOT NULL REFERENCES profile,
  session_key INTEGER REFERENCES session,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX login_by_time ON login (created_at, profile_key);
CREATE INDEX login_by_session ON login (session_key, created_at, profile_key) WHERE session_key IS NOT NULL;

CREATE TABLE "grant" (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  session_key INTEGER NOT NULL REFERENCES session,
  expires_at  INTEGER,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX grant_by_time ON "grant" (created_at, session_key);
CREATE INDEX grant_by_session ON "grant" (session_key, created_at);

CREATE TABLE emulation (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  profile_key INTEGER NOT NULL REFERENCES profile, -- the person viewed
  grant_key   INTEGER REFERENCES "grant",
  session_key INTEGER REFERENCES session,          -- the viewer's
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX emulation_by_time ON emulation (created_at, profile_key);
CREATE INDEX emulation_by_session ON emulation (session_key, created_at, profile_key) WHERE session_key IS NOT NULL;

CREATE TABLE activity (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  profile_key INTEGER NOT NULL REFERENCES profile,
  session_key INTEGER REFERENCES session,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_by_time ON activity (created_at, profile_key);
CREATE INDEX activity_by_session ON activity (session_key, created_at, profile_key) WHERE session_key IS NOT NULL;

CREATE TABLE problem (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  profile_key INTEGER NOT NULL REFERENCES profile,
  session_key INTEGER REFERENCES session,
  type        TEXT NOT NULL,
  message     TEXT NOT NULL,
  resolved    INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER
) STRICT;
CREATE INDEX problem_by_time ON problem (created_at, id, profile_key, resolved);
CREATE INDEX problem_open ON problem (created_at, id, profile_key) WHERE resolved = 0;
CREATE INDEX problem_by_session ON problem (session_key, created_at, resolved) WHERE session_key IS NOT NULL;

CREATE TABLE "group" (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  session_key INTEGER NOT NULL REFERENCES session,
  name        TEXT,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX group_by_session ON "group" (session_key, created_at);

CREATE TABLE run (
  key                 INTEGER PRIMARY KEY,
  id                  TEXT NOT NULL UNIQUE,
  group_key           INTEGER NOT NULL REFERENCES "group",
  model               TEXT,
  input_tokens        INTEGER,
  output_tokens       INTEGER,
  cached_input_tokens INTEGER,
  cost                INTEGER, -- nano-dollars
  created_at          INTEGER NOT NULL
) STRICT;
CREATE INDEX run_by_group ON run (group_key);

CREATE TABLE attempt (
  key          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  session_key  INTEGER NOT NULL REFERENCES session,
  name         TEXT,
  created_at   INTEGER NOT NULL,
  completed_at INTEGER
) STRICT;
CREATE INDEX attempt_by_session ON attempt (session_key);

CREATE TABLE chat (
  key         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  session_key INTEGER NOT NULL REFERENCES session,
  attempt_key INTEGER REFERENCES attempt,
  name        TEXT,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX chat_by_session ON chat (session_key, created_at);

CREATE TABLE message (
  key        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  chat_key   INTEGER NOT NULL REFERENCES chat,
  role       TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_chat ON message (chat_key, created_at);

-- The days, in the instance's time zone, on which there are records.
CREATE TABLE calendar (
  day        INTEGER PRIMARY KEY, -- days since 1970
  starts_at  INTEGER NOT NULL,   -- first instant of the day
  ends_at    INTEGER NOT NULL,   -- first instant after it
  month      INTEGER NOT NULL,   -- first day of its month
  next_month INTEGER NOT NULL,   -- first day of the month after
  year       INTEGER NOT NULL,   -- first day of its year
  next_year  INTEGER NOT NULL    -- first day of the year after
) STRICT;
CREATE INDEX calendar_by_start ON calendar (starts_at);

-- What must be computed anew: the marks that every write leaves and every
-- refresh takes away.
CREATE TABLE stale_day (day INTEGER PRIMARY KEY) STRICT;
CREATE TABLE stale_session (session_key INTEGER PRIMARY KEY) STRICT;
CREATE TABLE stale_cohort (cohort_key INTEGER PRIMARY KEY) STRICT;

-- One row a session: the numbers of its whole life.
CREATE TABLE session_summary (
  session_key        INTEGER PRIMARY KEY,
  updated_at         INTEGER NOT NULL, -- latest of the session's own times and its records'
  own_updated_at     INTEGER NOT NULL, -- the same without records of other people than the session's
  open               INTEGER NOT NULL, -- 1: the session has no ended_at
  group_count        INTEGER NOT NULL,
  run_count          INTEGER NOT NULL,
  first_run_at       INTEGER,
  last_run_at        INTEGER,
  total_tokens       INTEGER NOT NULL,
  cost_dollars       INTEGER NOT NULL, -- the cost is the sum of both
  cost_nanos         INTEGER NOT NULL,
  chat_count         INTEGER NOT NULL,
  attempt_count      INTEGER NOT NULL,
  message_count      INTEGER NOT NULL,
  problem_count      INTEGER NOT NULL,
  open_problem_count INTEGER NOT NULL
) STRICT;
CREATE INDEX session_summary_open ON session_summary (updated_at) WHERE open = 1;
CREATE INDEX session_summary_problems ON session_summary (session_key) WHERE open_problem_count > 0;

-- One row for each person and day (month, year, all time) with records. Every
-- count is of the records with a created_at on those days. "day" is the first
-- day of the stretch.
CREATE TABLE profile_day (
  profile_key   INTEGER NOT NULL,
  day           INTEGER NOT NULL,
  sessions      INTEGER NOT NULL,
  completed     INTEGER NOT NULL, -- sessions with an ended_at
  logins        INTEGER NOT NULL,
  emulations    INTEGER NOT NULL, -- of this person, by others
  grants        INTEGER NOT NULL, -- in this person's sessions
  problems      INTEGER NOT NULL,
  open_problems INTEGER NOT NULL,
  activity      INTEGER NOT NULL,
  first_at      INTEGER,          -- first and latest session, login or activity record
  last_at       INTEGER,
  PRIMARY KEY (profile_key, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_day_by_day ON profile_day (day);

CREATE TABLE profile_month (
  profile_key INTEGER NOT NULL, day INTEGER NOT NULL,
  sessions INTEGER NOT NULL, completed INTEGER NOT NULL, logins INTEGER NOT NULL, emulations INTEGER NOT NULL,
  grants INTEGER NOT NULL, problems INTEGER NOT NULL, open_problems INTEGER NOT NULL, activity INTEGER NOT NULL,
  first_at INTEGER, last_at INTEGER,
  PRIMARY KEY (profile_key, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_year (
  profile_key INTEGER NOT NULL, day INTEGER NOT NULL,
  sessions INTEGER NOT NULL, completed INTEGER NOT NULL, logins INTEGER NOT NULL, emulations INTEGER NOT NULL,
  grants INTEGER NOT NULL, problems INTEGER NOT NULL, open_problems INTEGER NOT NULL, activity INTEGER NOT NULL,
  first_at INTEGER, last_at INTEGER,
  PRIMARY KEY (profile_key, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_total (
  profile_key INTEGER NOT NULL, day INTEGER NOT NULL, -- always 0
  sessions INTEGER NOT NULL, completed INTEGER NOT NULL, logins INTEGER NOT NULL, emulations INTEGER NOT NULL,
  grants INTEGER NOT NULL, problems INTEGER NOT NULL, open_problems INTEGER NOT NULL, activity INTEGER NOT NULL,
  first_at INTEGER, last_at INTEGER,
  PRIMARY KEY (profile_key, day)
) STRICT, WITHOUT ROWID;

-- The same for each cohort: sums of the rows of its people, and how many of them
-- had a sign of life.
CREATE TABLE cohort_day (
  cohort_key INTEGER NOT NULL, day INTEGER NOT NULL,
  sessions INTEGER NOT NULL, completed INTEGER NOT NULL, logins INTEGER NOT NULL, emulations INTEGER NOT NULL,
  grants INTEGER NOT NULL, problems INTEGER NOT NULL, open_problems INTEGER NOT NULL, activity INTEGER NOT NULL,
  active_profiles INTEGER NOT NULL,
  PRIMARY KEY (cohort_key, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE cohort_month (
  cohort_key INTEGER NOT NULL, day INTEGER NOT NULL,
  sessions INTEGER NOT NULL, completed INTEGER NOT NULL, logins INTEGER NOT NULL, emulations INTEGER NOT NULL,
  grants INTEGER NOT NULL, problems INTEGER NOT NULL, open_problems INTEGER NOT NULL, activity INTEGER NOT NULL,
  active_profiles INTEGER NOT NULL,
  PRIMARY KEY (cohort_key, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE cohort_year (
  cohort_key INTEGER NOT NULL, day INTEGER NOT NULL,
  sessions INTEGER NOT NULL, completed INTEGER NOT NULL, logins INTEGER NOT NULL, emulations INTEGER NOT NULL,
  grants INTEGER NOT NULL, problems INTEGER NOT NULL, open_problems INTEGER NOT NULL, activity INTEGER NOT NULL,
  active_profiles INTEGER NOT NULL,
  PRIMARY KEY (cohort_key, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE cohort_total (
  cohort_key INTEGER NOT NULL, day INTEGER NOT NULL,
  sessions INTEGER NOT NULL, completed INTEGER NOT NULL, logins INTEGER NOT NULL, emulations INTEGER NOT NULL,
  grants INTEGER NOT NULL, problems INTEGER NOT NULL, open_problems INTEGER NOT NULL, activity INTEGER NOT NULL,
  active_profiles INTEGER NOT NULL,
  PRIMARY KEY (cohort_key, day)
) STRICT, WITHOUT ROWID;

-- Who may come in. Of a token only its SHA-256 is kept.
CREATE TABLE token (
  key            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL,
  hash           BLOB NOT NULL UNIQUE,
  role           TEXT NOT NULL,
  department_ids TEXT,    -- JSON array of ids
  profile_id     TEXT,
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER, -- first instant at which it no longer counts
  last_used_at   INTEGER, -- to the minute
  revoked_at     INTEGER
) STRICT;
CREATE UNIQUE INDEX token_by_name ON token (name) WHERE revoked_at IS NULL;

-- Who did what. Rows are only ever added.
CREATE TABLE audit (
  key        INTEGER PRIMARY KEY,
  created_at INTEGER NOT NULL,
  action     TEXT NOT NULL,
  token_name TEXT NOT NULL,
  role       TEXT NOT NULL,
  remote     TEXT NOT NULL,
  request_id TEXT NOT NULL,
  detail     TEXT NOT NULL -- JSON object
) STRICT;
CREATE INDEX audit_by_action ON audit (action, key);

-- Answers to requests that may be repeated.
CREATE TABLE idempotency (
  caller     TEXT NOT NULL, -- id of the token; empty: the file's own process
  key        TEXT NOT NULL,
  request    BLOB NOT NULL, -- SHA-256 of what was asked
  problem_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

