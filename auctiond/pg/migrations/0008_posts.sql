-- Leads that were handed over after the connect: every try, for good, and those not settled yet.
-- A try is begun here before it leaves us; one that was begun and has no end was interrupted, and
-- may have arrived.
CREATE TABLE post_try (
    call_id  uuid NOT NULL REFERENCES call,
    leg      int NOT NULL,
    try      int NOT NULL CHECK (try > 0),
    outcome  text NOT NULL CHECK (outcome IN ('accepted', 'refused', 'unsent', 'unknown')),
    reason   text NOT NULL,     -- A code. Never the buyer's words.
    by       text NOT NULL,     -- 'buyer', or the id of the key of whoever decided.
    at       timestamptz NOT NULL,
    PRIMARY KEY (call_id, leg, try)
);
CALL make_append_only('post_try');

-- Follows from disclosure and post_try, but for `due`; kept because it is small.
CREATE TABLE post_open (
    call_id  uuid NOT NULL REFERENCES call,
    leg      int NOT NULL,
    begun    int NOT NULL CHECK (begun > 0),    -- The number of the last try that was begun.
    since    timestamptz NOT NULL,
    due      timestamptz,                       -- When it is looked at again; null: by a person.
    PRIMARY KEY (call_id, leg)
);
CREATE INDEX ON post_open (due);

GRANT SELECT ON post_try, post_open TO auctiond_app, auctiond_reader;

-- Record what is disclosed with a post, and begin its first try. False: it was begun before.
CREATE FUNCTION begin_post(
    call_id uuid, leg int, target text, buyer text, fields text[], moment text, at timestamptz,
    due timestamptz
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO disclosure VALUES (call_id, leg, target, buyer, fields, moment, at)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO post_open VALUES (call_id, leg, 1, at, due);
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION begin_post TO auctiond_app;

-- Begin a further try. False: it was begun, or settled, by somebody else.
CREATE FUNCTION begin_post_again(wanted uuid, wanted_leg int, no int, next_due timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE post_open o SET begun = no, due = next_due
        WHERE o.call_id = wanted AND o.leg = wanted_leg AND o.begun = no - 1;
    RETURN FOUND;
END $$;
GRANT EXECUTE ON FUNCTION begin_post_again TO auctiond_app;

-- End a try. `settled`: nothing is left to be known; else it is looked at again at `next_due`.
CREATE FUNCTION end_post_try(
    wanted uuid, wanted_leg int, no int, outcome text, reason text, by text, at timestamptz,
    settled boolean, next_due timestamptz
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO post_try VALUES (wanted, wanted_leg, no, outcome, reason, by, at)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF settled THEN
        DELETE FROM post_open o WHERE o.call_id = wanted AND o.leg = wanted_leg;
    ELSE
        UPDATE post_open o SET due = next_due WHERE o.call_id = wanted AND o.leg = wanted_leg;
    END IF;
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION end_post_try TO auctiond_app;

-- After a start: what the last run left under way is looked at now.
CREATE FUNCTION resume_posts(at timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH woken AS (UPDATE post_open SET due = at WHERE due > at RETURNING 1)
    SELECT count(*) FROM woken
$$;
GRANT EXECUTE ON FUNCTION resume_posts TO auctiond_app;
