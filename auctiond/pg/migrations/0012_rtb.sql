-- What publishers asked and were answered: a bid, or why none. Nothing personal is in it; who was
-- offered stands apart, by the same keyed index as calls, because it is erased with the person.
CREATE TABLE rtb_ping (
    id         uuid PRIMARY KEY,
    door       text NOT NULL,
    campaign   text NOT NULL,
    publisher  text NOT NULL,
    network    int NOT NULL,
    test       boolean NOT NULL,
    at_ms      bigint NOT NULL,
    reason     text NOT NULL,      -- "" is a bid.
    promised   bigint NOT NULL CHECK (promised >= 0),
    gone_ms    bigint NOT NULL,    -- Until then a call may come for it; 0: never.
    data       jsonb NOT NULL
);
CREATE INDEX ON rtb_ping (at_ms);
CREATE INDEX ON rtb_ping (gone_ms) WHERE gone_ms > 0;

CREATE TABLE rtb_caller (
    ping_id       uuid PRIMARY KEY REFERENCES rtb_ping ON DELETE CASCADE,
    caller_index  bytea NOT NULL
);
CREATE INDEX ON rtb_caller (caller_index);

-- The call that came for a bid: one at the most has its promise.
CREATE TABLE rtb_use (
    ping_id  uuid PRIMARY KEY REFERENCES rtb_ping ON DELETE CASCADE,
    call_id  uuid NOT NULL,
    at_ms    bigint NOT NULL
);

GRANT SELECT ON rtb_ping, rtb_caller, rtb_use TO auctiond_app;
GRANT SELECT ON rtb_ping, rtb_use TO auctiond_reader;

-- Write pings down with their callers. The same id twice is one; but a refusal has the last word
-- over a bid: it was written too late to be told.
CREATE FUNCTION add_rtb_pings(
    ids uuid[], doors text[], campaigns text[], publishers text[], networks int[], tests boolean[],
    ats_ms bigint[], reasons text[], promises bigint[], gones_ms bigint[], datas jsonb[],
    callers bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rtb_ping
        SELECT * FROM unnest(ids, doors, campaigns, publishers, networks, tests, ats_ms, reasons,
                             promises, gones_ms, datas)
        ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, promised = 0, gone_ms = 0
            WHERE excluded.reason <> '' AND rtb_ping.reason = '';
    INSERT INTO rtb_caller
        SELECT id, caller FROM unnest(ids, callers) AS u (id, caller) WHERE caller IS NOT NULL
        ON CONFLICT DO NOTHING;
END $$;
GRANT EXECUTE ON FUNCTION add_rtb_pings TO auctiond_app;

-- Note the call that has a bid's promise; who came first has it.
CREATE FUNCTION use_rtb_bid(bid uuid, call uuid, at_ms bigint) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rtb_use SELECT p.id, call, use_rtb_bid.at_ms FROM rtb_ping p WHERE p.id = bid
        ON CONFLICT DO NOTHING;
    RETURN (SELECT u.call_id FROM rtb_use u WHERE u.ping_id = bid);
END $$;
GRANT EXECUTE ON FUNCTION use_rtb_bid TO auctiond_app;

-- Forget what is older; calls keep what they were promised. By whom a ping could be found goes
-- sooner: it is of use only while its bid lives.
CREATE FUNCTION prune_rtb(pings_before_ms bigint, callers_before_ms bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM rtb_caller c USING rtb_ping p
        WHERE p.id = c.ping_id AND p.at_ms < callers_before_ms AND p.gone_ms < callers_before_ms;
    DELETE FROM rtb_ping p WHERE p.at_ms < pings_before_ms AND p.gone_ms < pings_before_ms;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
GRANT EXECUTE ON FUNCTION prune_rtb TO auctiond_app;

-- Forget a person: as before, and what publishers asked for him.
CREATE OR REPLACE FUNCTION erase_person(person uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM webhook_inbox i USING call c
        WHERE i.carrier = c.carrier AND i.call_ref = c.call_ref AND c.person_id = person;
    DELETE FROM rtb_caller r USING call_caller cc, call c
        WHERE r.caller_index = cc.caller_index AND c.id = cc.call_id AND c.person_id = person;
    DELETE FROM call_caller cc USING call c WHERE c.id = cc.call_id AND c.person_id = person;
    DELETE FROM person_key WHERE person_id = person;
    RETURN FOUND;
END $$;
