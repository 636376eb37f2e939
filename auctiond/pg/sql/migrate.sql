-- database_exists --
-- Whether the server has our database.
SELECT true FROM pg_database WHERE datname = 'auctiond'

-- make_database --
CREATE DATABASE auctiond

-- lock --
-- One process migrates at a time; the number is ours, and means nothing else.
SELECT pg_advisory_xact_lock(7207130421)

-- make_roles --
-- The owner has the tables and never logs in; the migrator may become it. The app may do what it
-- was granted, no more; the reader and the auditor read; retention deletes what is over its time.
DO $$
DECLARE
    wanted text;
    may_all boolean := current_user = 'auctiond_migrator'
        OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
    FOREACH wanted IN ARRAY ARRAY['auctiond_owner', 'auctiond_app', 'auctiond_reader',
            'auctiond_auditor', 'auctiond_retention', 'auctiond_migrator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I', wanted);
            IF wanted <> 'auctiond_owner' THEN
                EXECUTE format('ALTER ROLE %I LOGIN', wanted);
            END IF;
        END IF;
        IF NOT may_all THEN
            BEGIN   -- Who created a role may hand it out, but not yet take it on.
                EXECUTE format('SET LOCAL ROLE %I', wanted);
                RESET ROLE;
            EXCEPTION WHEN insufficient_privilege THEN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            END;
        END IF;
    END LOOP;
    IF NOT pg_has_role('auctiond_migrator', 'auctiond_owner', 'SET') THEN
        GRANT auctiond_owner TO auctiond_migrator WITH INHERIT FALSE, SET TRUE;
    END IF;
END $$

-- make_schema --
-- A schema of our own: nothing of ours is in public, and nothing of others is on our path.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'auctiond') THEN
        CREATE SCHEMA auctiond AUTHORIZATION auctiond_owner;
    END IF;
    IF NOT has_schema_privilege('auctiond_retention', 'auctiond', 'USAGE') THEN
        SET LOCAL ROLE auctiond_owner;
        GRANT USAGE ON SCHEMA auctiond TO auctiond_app, auctiond_reader, auctiond_auditor,
            auctiond_retention, auctiond_migrator;
        RESET ROLE;
    END IF;
END $$

-- become_owner --
SET LOCAL ROLE auctiond_owner

-- our_path --
SET LOCAL search_path = auctiond, pg_temp

-- make_record --
-- What was applied, and from which text.
CREATE TABLE IF NOT EXISTS migration (
    no          int PRIMARY KEY,
    name        text NOT NULL,
    sha256      text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
)

-- let_record_be_read --
GRANT SELECT ON migration TO auctiond_app, auctiond_reader, auctiond_migrator

-- applied --
-- All that was applied, in order.
SELECT no, name, sha256 FROM auctiond.migration ORDER BY no

-- note --
-- First in its transaction: who comes second stumbles here, before doing anything.
INSERT INTO migration (no, name, sha256) VALUES ($1, $2, $3)
