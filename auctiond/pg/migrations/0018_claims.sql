-- Which process leads a call. A process has an epoch of its own, above all before it; a call is first
-- its who opened it (call.node_epoch), and then its who claimed it last. Rows of its log by anybody
-- else are refused, so who was thought dead, and is not, can do it no harm: money waits for the log.

CREATE TABLE node (
    epoch       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slot        int NOT NULL CHECK (slot >= 0),
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CALL make_append_only('node');

CREATE TABLE call_claim (
    call_id     uuid NOT NULL REFERENCES call,
    epoch       bigint NOT NULL,
    claimed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (call_id, epoch)
);
CALL make_append_only('call_claim');

GRANT SELECT ON node, call_claim TO auctiond_app, auctiond_reader;

-- Begin the time of a process, and return its epoch.
CREATE FUNCTION enter_node(slot int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO node (slot) VALUES (slot) RETURNING epoch
$$;
GRANT EXECUTE ON FUNCTION enter_node TO auctiond_app;

-- The epoch of who leads a call; NULL: there is no such call.
CREATE FUNCTION leader_of(wanted uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT coalesce((SELECT max(k.epoch) FROM call_claim k WHERE k.call_id = c.id), c.node_epoch)
    FROM call c WHERE c.id = wanted
$$;
GRANT EXECUTE ON FUNCTION leader_of TO auctiond_app;

-- Claim the open calls that nobody `living` leads, or a part of them, and return those that `mine`
-- leads then. What is being appended to them is waited for: who folds them next sees all of it.
CREATE FUNCTION claim_calls(mine bigint, living bigint[], part int, parts int) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('auctiond claims'));
    INSERT INTO call_claim (call_id, epoch)
        SELECT o.call_id, mine FROM call_open o
        WHERE leader_of(o.call_id) < mine AND NOT leader_of(o.call_id) = ANY (living)
            AND get_byte(uuid_send(o.call_id), 15) % parts = part;
    RETURN QUERY SELECT o.call_id FROM call_open o WHERE leader_of(o.call_id) = mine;
END $$;
GRANT EXECUTE ON FUNCTION claim_calls TO auctiond_app;

-- Append events of calls. For each: 0 it is new, 1 the very same was there, 2 another was, 3 who
-- writes it does not lead the call. No epoch: a late word on a call that is over, which nobody leads.
DROP FUNCTION append_call_events(uuid[], int[], text[], bigint[], jsonb[]);
CREATE FUNCTION append_call_events(
    calls uuid[], seqs int[], kinds text[], ats_ms bigint[], datas jsonb[], epochs bigint[]
) RETURNS SETOF int LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    fresh bigint[];
    fenced bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('auctiond claims'));
    SELECT array_agg(u.no) INTO fenced
        FROM (SELECT call_id, leader_of(call_id) AS leader,
                     EXISTS (SELECT FROM call_open o WHERE o.call_id = d.call_id) AS is_open
              FROM (SELECT DISTINCT unnest(calls) AS call_id) AS d) AS led
        JOIN unnest(calls, epochs) WITH ORDINALITY AS u (call_id, epoch, no) USING (call_id)
        WHERE CASE WHEN u.epoch IS NULL THEN is_open ELSE u.epoch IS DISTINCT FROM leader END
            AND leader IS NOT NULL;
    WITH item AS (
        SELECT * FROM unnest(calls, seqs, kinds, ats_ms, datas)
            WITH ORDINALITY AS u (call_id, seq, kind, at_ms, data, no)
            WHERE fenced IS NULL OR NOT no = ANY (fenced)
    ), added AS (
        INSERT INTO call_event (call_id, seq, kind, at_ms, data)
            SELECT call_id, seq, kind, at_ms, data FROM item ORDER BY call_id, seq, no
            ON CONFLICT DO NOTHING RETURNING call_id, seq
    )
    SELECT array_agg(first_no) INTO fresh FROM (
        SELECT min(i.no) AS first_no FROM item i JOIN added USING (call_id, seq)
            GROUP BY call_id, seq) AS firsts;
    DELETE FROM call_open o
        USING unnest(calls, kinds) WITH ORDINALITY AS u (call_id, kind, no)
        WHERE o.call_id = u.call_id AND u.kind = 'ended'
            AND (fenced IS NULL OR NOT u.no = ANY (fenced));
    RETURN QUERY
        SELECT CASE WHEN u.no = ANY (fenced) THEN 3
                    WHEN u.no = ANY (fresh) THEN 0
                    WHEN (e.kind, e.at_ms, e.data) = (u.kind, u.at_ms, u.data) THEN 1
                    ELSE 2 END
        FROM unnest(calls, seqs, kinds, ats_ms, datas)
            WITH ORDINALITY AS u (call_id, seq, kind, at_ms, data, no)
        LEFT JOIN call_event e ON e.call_id = u.call_id AND e.seq = u.seq
        ORDER BY u.no;
END $$;
GRANT EXECUTE ON FUNCTION append_call_events TO auctiond_app;
