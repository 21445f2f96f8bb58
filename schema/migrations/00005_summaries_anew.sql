-- What is derived from the records is computed anew, by the program, at the next open:
-- total_tokens no longer counts cached tokens twice, which are a part of the input.

-- +goose Up
INSERT INTO setting (name, value) VALUES ('derive_anew', 1);
