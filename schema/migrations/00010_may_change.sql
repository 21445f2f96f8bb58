-- What of records that are known already a recorder's token may change, beside what
-- goes on: JSON array of people, departments, terms and problems. Recorders of before
-- may change none of these.

-- +goose Up
ALTER TABLE token ADD COLUMN may_change TEXT;
