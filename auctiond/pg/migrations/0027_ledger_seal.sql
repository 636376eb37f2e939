-- The hourly seal (ledger/merkle.py), and a note in the database of what the seal file has: a
-- file whose end was cut is found by the database, and a database whose end was cut by the file.

CREATE TABLE ledger_seal (
    no         bigint PRIMARY KEY CHECK (no > 0),   -- The line of the file.
    line_hash  bytea NOT NULL CHECK (length(line_hash) = 32),
    until      timestamptz,     -- Of an hourly seal: nothing is recorded before that any more.
    noted_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ledger_seal_until ON ledger_seal (until) WHERE until IS NOT NULL;
CALL make_append_only('ledger_seal');
GRANT SELECT ON ledger_seal TO auctiond_app, auctiond_reader;

-- The first note of a line stands: who cut the file, and goes on, is found by the old one.
CREATE FUNCTION ledger_note_seal(line bigint, hash bytea, sealed_until timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO ledger_seal (no, line_hash, until) VALUES (line, hash, sealed_until)
        ON CONFLICT DO NOTHING
$$;
GRANT EXECUTE ON FUNCTION ledger_note_seal TO auctiond_app;

CREATE FUNCTION ledger_sealed_until() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN (SELECT until FROM ledger_seal WHERE until IS NOT NULL ORDER BY until DESC LIMIT 1);

-- For the seal, which asks for an hour.
CREATE INDEX ledger_transfer_at ON ledger_transfer USING brin (at) WITH (autosummarize = on);

-- Time goes on in the ledger also where a clock was set back: no move is recorded in an hour that
-- is sealed. One line of ledger_apply_run changes, and the rest stays as it is.
DO $$
DECLARE
    old text := pg_get_functiondef('ledger_apply_run'::regproc);
    new text := replace(old, 'greatest(clock_timestamp(), max(e.at))',
        'greatest(clock_timestamp(), max(e.at), ledger_sealed_until())');
BEGIN
    ASSERT old <> new, 'ledger_apply_run takes its time in another way';
    EXECUTE new;
END $$;
