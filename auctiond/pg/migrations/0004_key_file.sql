-- Which key file seals what is personal in this database: noted once, at the first start.
CREATE TABLE key_file (
    only_one     boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    fingerprint  text NOT NULL,
    noted_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CALL make_append_only('key_file');
GRANT SELECT, INSERT ON key_file TO auctiond_app;
