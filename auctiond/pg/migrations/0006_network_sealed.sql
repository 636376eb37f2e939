-- A network file names callers (blocked_callers), so its whole text is sealed: what stands beside
-- a number, a comment say, is as personal as the number. What was stored in plain waits in
-- network_plain for the server, which has the key: it seals it at its next start.
ALTER TABLE network_version RENAME TO network_plain;
ALTER INDEX network_version_pkey RENAME TO network_plain_pkey;
REVOKE ALL ON network_plain FROM auctiond_app, auctiond_reader;
GRANT SELECT ON network_plain TO auctiond_app;

CREATE TABLE network_version (
    no          int PRIMARY KEY CHECK (no > 0),
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by  text NOT NULL,
    -- An envelope of compliance/sealing.py: a head, a nonce and a tag at least. No text of TOML
    -- begins with that byte.
    sealed      bytea NOT NULL CHECK (length(sealed) > 31 AND get_byte(sealed, 0) = 1)
);
CALL make_append_only('network_version');
GRANT SELECT, INSERT ON network_version TO auctiond_app;
GRANT SELECT ON network_version TO auctiond_reader;

-- Take over what was stored in plain, now that all of it is sealed; the plain goes, file and all.
CREATE FUNCTION seal_networks(sealed_nos int[], texts bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7207130422);  -- Two processes may start at once.
    IF to_regclass('network_plain') IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO network_version (no, applied_at, applied_by, sealed)
        SELECT p.no, p.applied_at, p.applied_by, u.text
        FROM network_plain p LEFT JOIN unnest(sealed_nos, texts) AS u (no, text) USING (no);
    DROP TABLE network_plain;
END $$;
GRANT EXECUTE ON FUNCTION seal_networks TO auctiond_app;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM network_plain) THEN
        DROP TABLE network_plain;
    END IF;
END $$;
