-- A session that is made of the rows that name it belongs to the person of the
-- earliest that has one.

-- +goose Up
ALTER TABLE session ADD COLUMN owned_at INTEGER; -- when that row was, in microseconds; NULL: not told
