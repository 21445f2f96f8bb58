-- Names and roles are folded by another rule: case in full, compatibility forms,
-- apostrophes and hyphens of any kind. The program folds those that are here anew,
-- right after this, and takes the order away.

-- +goose Up

INSERT INTO setting (name, value) VALUES ('fold_anew', 1);

-- A session that is made of the rows that name it belongs to the person of the
-- earliest that has one.
ALTER TABLE session ADD COLUMN owned_at INTEGER; -- when that row was, in microseconds; NULL: not told
