-- Answers to requests that may be repeated are removed once they are old.

-- +goose Up
CREATE INDEX idempotency_by_age ON idempotency (created_at);
