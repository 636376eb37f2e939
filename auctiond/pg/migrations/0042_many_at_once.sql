-- Calls are written down in groups, as all else that comes in crowds: one statement for those that
-- begin within a moment. Each id stands in it once. Returns those that are new.
CREATE FUNCTION open_calls(
    ids uuid[], carriers text[], call_refs text[], caller_leg_refs text[], persons uuid[],
    tracking_numbers text[], campaigns text[], publishers text[], networks int[],
    ats timestamptz[], node_epochs bigint[], caller_indexes bytea[],
    keyed uuid[], wrapped_keys bytea[],  -- Each call's person, where it brings one along,
    field_persons uuid[], fields text[], sealed bytea[]  -- and what is known of them.
) RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    fresh uuid[];
BEGIN
    WITH added AS (
        INSERT INTO call AS c
            SELECT * FROM unnest(ids, carriers, call_refs, caller_leg_refs, persons,
                tracking_numbers, campaigns, publishers, networks, ats, node_epochs) AS u (id)
            ORDER BY u.id  -- In one order, so that two groups cannot wait for each other.
            ON CONFLICT ON CONSTRAINT call_pkey DO NOTHING RETURNING c.id
    )
    SELECT array_agg(added.id) INTO fresh FROM added;
    INSERT INTO call_open SELECT unnest(fresh);
    INSERT INTO call_caller
        SELECT u.id, u.index FROM unnest(ids, caller_indexes) AS u (id, index)
        WHERE u.id = ANY (fresh) AND u.index IS NOT NULL;
    INSERT INTO person_key
        SELECT u.person, u.key FROM unnest(ids, keyed, wrapped_keys) AS u (id, person, key)
        WHERE u.id = ANY (fresh) AND u.person IS NOT NULL ORDER BY u.person
        ON CONFLICT DO NOTHING;
    IF EXISTS (
        SELECT FROM unnest(ids, keyed, wrapped_keys) AS u (id, person, key)
            LEFT JOIN person_key k ON k.person_id = u.person
            WHERE u.id = ANY (fresh) AND u.person IS NOT NULL
                AND k.wrapped_key IS DISTINCT FROM u.key
    ) THEN
        RAISE EXCEPTION 'the person has another key' USING CONSTRAINT = 'one_key_a_person',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO person_field
        SELECT f.person, f.field, f.sealed
        FROM unnest(field_persons, fields, sealed) AS f (person, field, sealed)
        WHERE f.person IN (SELECT u.person FROM unnest(ids, keyed) AS u (id, person)
            WHERE u.id = ANY (fresh))
        ORDER BY f.person, f.field
        ON CONFLICT ON CONSTRAINT person_field_pkey DO UPDATE SET sealed = excluded.sealed;
    RETURN QUERY SELECT unnest(fresh);
END $$;
GRANT EXECUTE ON FUNCTION open_calls TO auctiond_app;
DROP FUNCTION open_call;

-- A foreign key asks for each row of the log, thirteen times a call. A call is never changed or
-- deleted, so it is enough that the one way into the log asks, once for all rows.
ALTER TABLE call_event DROP CONSTRAINT call_event_call_id_fkey;
CREATE OR REPLACE FUNCTION append_call_events(
    calls uuid[], seqs int[], kinds text[], ats_ms bigint[], datas jsonb[], epochs bigint[]
) RETURNS SETOF int LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    fenced bigint[];
    added_calls uuid[];
    added_seqs int[];
    of_nothing int;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('auctiond claims'));
    SELECT array_agg(u.no) FILTER (WHERE c.id IS NOT NULL  -- As leader_of has it, without a function.
            AND CASE WHEN u.epoch IS NULL
                THEN EXISTS (SELECT FROM call_open o WHERE o.call_id = c.id)
                ELSE u.epoch <> coalesce(
                    (SELECT max(k.epoch) FROM call_claim k WHERE k.call_id = c.id), c.node_epoch)
                END),
            count(*) FILTER (WHERE c.id IS NULL)
        INTO fenced, of_nothing
        FROM unnest(calls, epochs) WITH ORDINALITY AS u (call_id, epoch, no)
        LEFT JOIN call c ON c.id = u.call_id;
    IF of_nothing > 0 THEN
        RAISE EXCEPTION 'events of a call that is not on record'
            USING ERRCODE = 'foreign_key_violation', TABLE = 'call_event';
    END IF;
    WITH added AS (
        INSERT INTO call_event (call_id, seq, kind, at_ms, data)
            SELECT call_id, seq, kind, at_ms, data
            FROM unnest(calls, seqs, kinds, ats_ms, datas)
                WITH ORDINALITY AS u (call_id, seq, kind, at_ms, data, no)
            WHERE fenced IS NULL OR NOT no = ANY (fenced)
            ORDER BY call_id, seq, no
            ON CONFLICT DO NOTHING RETURNING call_id, seq
    )
    SELECT array_agg(call_id), array_agg(seq) INTO added_calls, added_seqs FROM added;
    IF 'ended' = ANY (kinds) THEN
        DELETE FROM call_open o
            USING unnest(calls, kinds) WITH ORDINALITY AS u (call_id, kind, no)
            WHERE o.call_id = u.call_id AND u.kind = 'ended'
                AND (fenced IS NULL OR NOT u.no = ANY (fenced));
    END IF;
    IF cardinality(added_calls) = cardinality(calls) THEN
        RETURN QUERY SELECT 0 FROM generate_series(1, cardinality(calls));
        RETURN;
    END IF;
    RETURN QUERY
        WITH first AS (
            SELECT min(u.no) AS no
            FROM unnest(calls, seqs) WITH ORDINALITY AS u (call_id, seq, no)
            JOIN unnest(added_calls, added_seqs) AS a (call_id, seq) USING (call_id, seq)
            WHERE fenced IS NULL OR NOT u.no = ANY (fenced)
            GROUP BY call_id, seq
        )
        SELECT CASE WHEN u.no = ANY (fenced) THEN 3
                    WHEN u.no IN (SELECT no FROM first) THEN 0
                    WHEN (e.kind, e.at_ms, e.data) = (u.kind, u.at_ms, u.data) THEN 1
                    ELSE 2 END
        FROM unnest(calls, seqs, kinds, ats_ms, datas)
            WITH ORDINALITY AS u (call_id, seq, kind, at_ms, data, no)
        LEFT JOIN call_event e ON e.call_id = u.call_id AND e.seq = u.seq
        ORDER BY u.no;
END $$;


-- Webhooks come in the order of their time, and are looked for by it once an hour: summaries of
-- pages do for that, where a tree had to be kept in order with each of them.
DROP INDEX webhook_inbox_received_at_idx;
CREATE INDEX ON webhook_inbox USING brin (received_at) WITH (pages_per_range = 32);
