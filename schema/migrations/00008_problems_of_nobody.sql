-- +goose Up
-- Somebody who is no TA may report that the tool is broken: such a problem has no person.
ALTER TABLE problem ALTER COLUMN profile_key DROP NOT NULL;
ALTER TABLE problem ADD COLUMN reported_by TEXT; -- id of the token by which a problem without a person was reported; the reporter may see it
CREATE INDEX problem_of_nobody ON problem (resolved, created_at) WHERE profile_key IS NULL;
