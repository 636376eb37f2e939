-- What the app may never do is refused twice: by missing rights, and by these triggers for
-- whoever has more rights than the app. They are ENABLE ALWAYS wherever they are used, so that
-- session_replication_role does not switch them off.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'restrict_violation';
END $$;

-- Make a table append-only. For migrations alone: the app may not call it.
CREATE PROCEDURE make_append_only(wanted regclass) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION refuse_change()', wanted);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', wanted);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', wanted);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_whole', wanted);
END $$;

-- Functions are executable by everybody unless one says otherwise. From here on they are not.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION refuse_change() FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE make_append_only(regclass) FROM PUBLIC;

CALL make_append_only('migration');

-- Webhooks as they came, sealed: kept until pruned, so that a restart can read them again.
CREATE TABLE webhook_inbox (
    carrier      text NOT NULL,
    event_id     text NOT NULL,     -- The carrier's: a repeated one is the same news.
    call_ref     text NOT NULL,
    sealed_body  bytea NOT NULL,
    received_at  timestamptz NOT NULL,
    no           bigint GENERATED ALWAYS AS IDENTITY,   -- The order of arrival.
    PRIMARY KEY (carrier, event_id)
);
CREATE INDEX ON webhook_inbox (call_ref, no);
CREATE INDEX ON webhook_inbox (received_at);
GRANT SELECT, INSERT ON webhook_inbox TO auctiond_app;

CREATE FUNCTION prune_inbox(before timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (DELETE FROM webhook_inbox WHERE received_at < before RETURNING 1)
    SELECT count(*) FROM gone
$$;
GRANT EXECUTE ON FUNCTION prune_inbox TO auctiond_app;

-- A call as it began. All that happened to it since is in call_event.
CREATE TABLE call (
    id               uuid PRIMARY KEY,
    carrier          text NOT NULL,
    call_ref         text NOT NULL,
    caller_leg_ref   text NOT NULL,
    person_id        uuid,
    tracking_number  text NOT NULL,
    campaign         text NOT NULL,
    publisher        text NOT NULL,
    network          int NOT NULL,
    arrived_at       timestamptz NOT NULL,
    node_epoch       bigint NOT NULL,
    UNIQUE (carrier, call_ref)
);
CREATE INDEX ON call (person_id);
CALL make_append_only('call');

-- Which calls are of the same caller, by a keyed index of the number. Apart from the call,
-- because it is erased with the person.
CREATE TABLE call_caller (
    call_id       uuid PRIMARY KEY REFERENCES call,
    caller_index  bytea NOT NULL
);
CREATE INDEX ON call_caller (caller_index, call_id);

-- The calls that go on. Follows from call and call_event; kept because it is small.
CREATE TABLE call_open (call_id uuid PRIMARY KEY REFERENCES call);

CREATE TABLE call_event (
    call_id      uuid NOT NULL REFERENCES call,
    seq          int NOT NULL CHECK (seq >= 0),
    kind         text NOT NULL,
    at_ms        bigint NOT NULL,   -- When it happened, Unix milliseconds.
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    data         jsonb NOT NULL,
    PRIMARY KEY (call_id, seq)
);
CALL make_append_only('call_event');

-- The carrier's handles of a call's legs.
CREATE TABLE call_leg (
    call_id      uuid NOT NULL REFERENCES call,
    leg          int NOT NULL,
    ref          text NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (call_id, leg, ref)
);
CALL make_append_only('call_leg');

-- A person's fields, sealed with a key of that person, which is wrapped. No key, no person.
CREATE TABLE person_key (
    person_id    uuid PRIMARY KEY,
    wrapped_key  bytea NOT NULL
);
CREATE TABLE person_field (
    person_id  uuid NOT NULL REFERENCES person_key ON DELETE CASCADE,
    field      text NOT NULL,
    sealed     bytea NOT NULL,
    PRIMARY KEY (person_id, field)
);

-- What left the house, to whom: names of fields, never values.
CREATE TABLE disclosure (
    call_id  uuid NOT NULL REFERENCES call,
    leg      int NOT NULL,
    target   text NOT NULL,
    buyer    text NOT NULL,
    fields   text[] NOT NULL,
    moment   text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (call_id, leg, moment)
);
CALL make_append_only('disclosure');

CREATE TABLE network_version (
    no          int PRIMARY KEY CHECK (no > 0),
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by  text NOT NULL,
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    toml        text NOT NULL
);
CALL make_append_only('network_version');

CREATE TABLE api_key (
    id          text PRIMARY KEY,
    name        text NOT NULL,
    hash        bytea NOT NULL,
    scopes      text[] NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CALL make_append_only('api_key');
CREATE TABLE api_key_revoked (
    id  text PRIMARY KEY REFERENCES api_key,
    at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CALL make_append_only('api_key_revoked');

GRANT SELECT ON call, call_caller, call_open, call_event, person_key, person_field TO auctiond_app;
GRANT SELECT, INSERT ON call_leg, disclosure, network_version, api_key, api_key_revoked
    TO auctiond_app;
GRANT SELECT ON call, call_open, call_event, call_leg, disclosure, network_version
    TO auctiond_reader;
GRANT SELECT (id, name, scopes, created_at) ON api_key TO auctiond_reader;
GRANT SELECT ON api_key_revoked TO auctiond_reader;

-- Write a call down with its person, all or nothing. True: it is new.
CREATE FUNCTION open_call(
    id uuid, carrier text, call_ref text, caller_leg_ref text, person uuid, tracking_number text,
    campaign text, publisher text, network int, arrived_at timestamptz, node_epoch bigint,
    caller_index bytea, wrapped_key bytea, fields text[], sealed bytea[]
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO call VALUES (id, carrier, call_ref, caller_leg_ref, person, tracking_number,
        campaign, publisher, network, arrived_at, node_epoch)
        ON CONFLICT ON CONSTRAINT call_pkey DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO call_open VALUES (id);
    IF caller_index IS NOT NULL THEN
        INSERT INTO call_caller VALUES (id, caller_index);
    END IF;
    IF wrapped_key IS NOT NULL THEN
        INSERT INTO person_key AS k VALUES (person, wrapped_key) ON CONFLICT DO NOTHING;
        IF NOT EXISTS (SELECT FROM person_key k
                       WHERE k.person_id = person AND k.wrapped_key = open_call.wrapped_key) THEN
            RAISE EXCEPTION 'the person has another key' USING CONSTRAINT = 'one_key_a_person',
                ERRCODE = 'integrity_constraint_violation';
        END IF;
        INSERT INTO person_field SELECT person, f, s FROM unnest(fields, sealed) AS u (f, s)
            ON CONFLICT ON CONSTRAINT person_field_pkey DO UPDATE SET sealed = excluded.sealed;
    END IF;
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION open_call TO auctiond_app;

-- Append events of calls. For each: 0 it is new, 1 the very same was there, 2 another was.
CREATE FUNCTION append_call_events(
    calls uuid[], seqs int[], kinds text[], ats_ms bigint[], datas jsonb[]
) RETURNS SETOF int LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    fresh bigint[];
BEGIN
    WITH item AS (
        SELECT * FROM unnest(calls, seqs, kinds, ats_ms, datas)
            WITH ORDINALITY AS u (call_id, seq, kind, at_ms, data, no)
    ), added AS (
        INSERT INTO call_event (call_id, seq, kind, at_ms, data)
            SELECT call_id, seq, kind, at_ms, data FROM item ORDER BY call_id, seq, no
            ON CONFLICT DO NOTHING RETURNING call_id, seq
    )
    SELECT array_agg(first_no) INTO fresh FROM (
        SELECT min(i.no) AS first_no FROM item i JOIN added USING (call_id, seq)
            GROUP BY call_id, seq) AS firsts;
    DELETE FROM call_open o USING unnest(calls, kinds) AS u (call_id, kind)
        WHERE o.call_id = u.call_id AND u.kind = 'ended';
    RETURN QUERY
        SELECT CASE WHEN u.no = ANY (fresh) THEN 0
                    WHEN (e.kind, e.at_ms, e.data) = (u.kind, u.at_ms, u.data) THEN 1
                    ELSE 2 END
        FROM unnest(calls, seqs, kinds, ats_ms, datas)
            WITH ORDINALITY AS u (call_id, seq, kind, at_ms, data, no)
        LEFT JOIN call_event e ON e.call_id = u.call_id AND e.seq = u.seq
        ORDER BY u.no;
END $$;
GRANT EXECUTE ON FUNCTION append_call_events TO auctiond_app;

-- Forget a person: the key, what it sealed, and by what his calls could be found. The calls stay.
CREATE FUNCTION erase_person(person uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM call_caller cc USING call c WHERE c.id = cc.call_id AND c.person_id = person;
    DELETE FROM person_key WHERE person_id = person;
    RETURN FOUND;
END $$;
GRANT EXECUTE ON FUNCTION erase_person TO auctiond_app;
