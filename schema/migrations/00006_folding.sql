-- Names and roles are folded by another rule: case in full, compatibility forms,
-- apostrophes and hyphens of any kind. The program folds those that are here anew,
-- right after this, and takes the order away.

-- +goose Up

INSERT INTO setting (name, value) VALUES ('fold_anew', 1);
