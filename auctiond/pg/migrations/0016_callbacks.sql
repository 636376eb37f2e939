-- Callbacks: who asked to be called, and what came of it. Nothing personal is in these tables:
-- number, name and the words of the consent are the person's fields, sealed; the person is found
-- by the same keyed index as callers are.
CREATE TABLE callback (
    id             uuid PRIMARY KEY,
    key            text NOT NULL UNIQUE,   -- Who asks twice with one key asks once.
    digest         bytea NOT NULL,         -- Of what was asked: the same key with another is refused.
    campaign       text NOT NULL,
    publisher      text NOT NULL,
    person_id      uuid NOT NULL,
    number_index   bytea,                  -- NULL: the person was erased.
    source         text NOT NULL CHECK (source IN ('api', 'call')),
    facts          jsonb NOT NULL,
    given_ms       bigint NOT NULL,        -- When the consent was given.
    asked_ms       bigint NOT NULL,
    state          text NOT NULL CHECK (state IN ('waiting', 'calling', 'over')),
    reason         text NOT NULL,          -- While it waits: for what. Over: why, or how it went.
    due_ms         bigint NOT NULL,        -- When it is looked at next.
    attempts       int NOT NULL CHECK (attempts >= 0),
    call_id        uuid,                   -- Of the last attempt.
    first_dial_ms  bigint,                 -- Less asked_ms: the speed to lead.
    lease_ms       bigint NOT NULL         -- Until then somebody sees to it.
);
CREATE UNIQUE INDEX callback_one_at_a_time ON callback (campaign, number_index)
    WHERE state <> 'over';
CREATE INDEX ON callback (number_index);
CREATE INDEX ON callback (person_id);
CREATE INDEX ON callback (due_ms) WHERE state <> 'over';

-- Each attempt is written down before the phone rings; the id of its call follows from it.
CREATE TABLE callback_attempt (
    callback_id  uuid NOT NULL REFERENCES callback,
    no           int NOT NULL CHECK (no > 0),
    call_id      uuid NOT NULL UNIQUE,
    at_ms        bigint NOT NULL,
    PRIMARY KEY (callback_id, no)
);
CALL make_append_only('callback_attempt');

-- What happened to it, for people.
CREATE TABLE callback_event (
    callback_id  uuid NOT NULL REFERENCES callback,
    no           bigint GENERATED ALWAYS AS IDENTITY,
    at_ms        bigint NOT NULL,
    what         text NOT NULL,
    reason       text NOT NULL,
    PRIMARY KEY (callback_id, no)
);
CALL make_append_only('callback_event');

-- Whom we do not call, and on which list it stands. By the keyed index of the number: it stays
-- when a person is erased, or we would call again.
CREATE TABLE suppression (
    number_index  bytea NOT NULL,
    list          text NOT NULL,
    at_ms         bigint NOT NULL,
    PRIMARY KEY (number_index, list)
);
CREATE INDEX ON suppression (list);
CREATE TABLE suppression_act (
    no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_ms  bigint NOT NULL,
    act    text NOT NULL CHECK (act IN ('add', 'remove')),
    list   text NOT NULL,
    by     text NOT NULL,      -- The id of an API key, or 'call'.
    count  int NOT NULL        -- How many numbers that changed.
);
CALL make_append_only('suppression_act');

-- What a look-up answered about a number, until it is too old.
CREATE TABLE lookup_answer (
    number_index  bytea NOT NULL,
    lookup        text NOT NULL,
    answer        text NOT NULL CHECK (answer IN ('clear', 'listed')),
    at_ms         bigint NOT NULL,
    gone_ms       bigint NOT NULL,
    PRIMARY KEY (number_index, lookup)
);
CREATE INDEX ON lookup_answer (gone_ms);

-- By what handle a carrier knows a phone call that we began: it tells only after the dial.
CREATE TABLE call_session (
    carrier   text NOT NULL,
    call_ref  text NOT NULL,
    call_id   uuid NOT NULL REFERENCES call,
    PRIMARY KEY (carrier, call_ref)
);
CREATE INDEX ON call_session (call_id);
CALL make_append_only('call_session');

GRANT SELECT ON callback, callback_attempt, callback_event, suppression, suppression_act,
    lookup_answer, call_session TO auctiond_app;
GRANT INSERT ON call_session TO auctiond_app;
GRANT SELECT (id, campaign, publisher, source, facts, given_ms, asked_ms, state, reason, due_ms,
    attempts, call_id, first_dial_ms) ON callback TO auctiond_reader;
GRANT SELECT ON callback_attempt, callback_event, suppression_act TO auctiond_reader;

-- Write down who asked. 'new', 'known' (the same key), 'other' (the same key, another request),
-- or 'waits' (a callback of this person for this campaign is under way), with the id of that one.
CREATE FUNCTION ask_callback(
    id uuid, key text, digest bytea, campaign text, publisher text, person uuid,
    number_index bytea, source text, facts jsonb, given_ms bigint, asked_ms bigint, state text,
    reason text, due_ms bigint, wrapped_key bytea, fields text[], sealed bytea[],
    OUT result text, OUT which uuid
) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before callback;
BEGIN
    SELECT * INTO before FROM callback c WHERE c.key = ask_callback.key;
    IF FOUND THEN
        result := CASE WHEN before.digest = ask_callback.digest THEN 'known' ELSE 'other' END;
        which := before.id;
        RETURN;
    END IF;
    INSERT INTO callback VALUES (id, key, digest, campaign, publisher, person, number_index, source,
        facts, given_ms, asked_ms, state, reason, due_ms, 0, NULL, NULL, 0)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT c.id INTO which FROM callback c WHERE c.campaign = ask_callback.campaign
            AND c.number_index = ask_callback.number_index AND c.state <> 'over';
        result := 'waits';
        RETURN;
    END IF;
    INSERT INTO person_key VALUES (person, wrapped_key);
    INSERT INTO person_field SELECT person, f, s FROM unnest(fields, sealed) AS u (f, s);
    INSERT INTO callback_event (callback_id, at_ms, what, reason)
        VALUES (id, asked_ms, CASE WHEN state = 'over' THEN 'refused' ELSE 'asked' END, reason);
    result := 'new';
    which := id;
END $$;

-- Take what is to be looked at, for a while: what waits and is due, and calls that nobody sees to.
CREATE FUNCTION take_callbacks(now_ms bigint, until_ms bigint, most int) RETURNS SETOF callback
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE callback SET lease_ms = until_ms
    WHERE id IN (SELECT c.id FROM callback c
                 WHERE c.state <> 'over' AND c.due_ms <= now_ms AND c.lease_ms <= now_ms
                 ORDER BY c.due_ms LIMIT most FOR UPDATE SKIP LOCKED)
    RETURNING *
$$;

-- Put a callback off, or end it, unless it has moved on. `was` is the state that it must be in.
CREATE FUNCTION move_callback(
    wanted uuid, was text, no int, state text, reason text, due_ms bigint, at_ms bigint, what text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before text;
BEGIN
    SELECT c.reason INTO before FROM callback c
        WHERE c.id = wanted AND c.state = was AND c.attempts = no FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE callback c SET state = move_callback.state, reason = move_callback.reason,
        due_ms = move_callback.due_ms, lease_ms = 0 WHERE c.id = wanted;
    IF state <> was OR before <> move_callback.reason THEN
        INSERT INTO callback_event (callback_id, at_ms, what, reason)
            VALUES (wanted, at_ms, what, move_callback.reason);
    END IF;
    RETURN true;
END $$;

-- Begin attempt `no`, whose phone rings after this. False: it was begun, called off or suppressed.
-- Of all callbacks of one person only one is dialled at a time: the number is locked meanwhile.
CREATE FUNCTION begin_attempt(
    wanted uuid, no int, call uuid, at_ms bigint, until_ms bigint, day_ms bigint, most int
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    this callback;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(c.number_index, 'hex'), 0))
        FROM callback c WHERE c.id = wanted;    -- Before the row, as in suppress().
    SELECT * INTO this FROM callback c WHERE c.id = wanted AND c.state = 'waiting'
        AND c.attempts = no - 1 FOR UPDATE;
    IF NOT FOUND OR this.number_index IS NULL THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM suppression s WHERE s.number_index = this.number_index)
        OR EXISTS (SELECT FROM callback c WHERE c.number_index = this.number_index
                   AND c.state = 'calling')
        OR most <= (SELECT count(*) FROM callback c
                    JOIN callback_attempt a ON a.callback_id = c.id
                    WHERE c.number_index = this.number_index AND a.at_ms > day_ms)
    THEN
        RETURN false;
    END IF;
    INSERT INTO callback_attempt VALUES (wanted, no, call, at_ms);
    UPDATE callback c SET state = 'calling', attempts = no, call_id = call, reason = '',
        due_ms = until_ms, lease_ms = until_ms,
        first_dial_ms = coalesce(first_dial_ms, begin_attempt.at_ms) WHERE c.id = wanted;
    INSERT INTO callback_event (callback_id, at_ms, what, reason)
        VALUES (wanted, begin_attempt.at_ms, 'dialled', '');
    RETURN true;
END $$;

-- Put numbers on a list; callbacks of theirs that wait are over at once. Returns the calls to
-- these numbers that are under way.
CREATE FUNCTION suppress(name text, indexes bytea[], at_ms bigint, by text)
RETURNS TABLE (added int, ended int, calls uuid[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(i, 'hex'), 0))
        FROM (SELECT DISTINCT i FROM unnest(indexes) AS u (i)
              JOIN callback c ON c.number_index = i AND c.state <> 'over' ORDER BY i) AS locked;
    INSERT INTO suppression SELECT DISTINCT i, name, suppress.at_ms FROM unnest(indexes) AS u (i)
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    INSERT INTO suppression_act (at_ms, act, list, by, count)
        VALUES (suppress.at_ms, 'add', name, suppress.by, added);
    WITH gone AS (
        UPDATE callback c SET state = 'over', reason = 'suppressed:' || name
            WHERE c.number_index = ANY (indexes) AND c.state = 'waiting' RETURNING c.id
    ), told AS (
        INSERT INTO callback_event (callback_id, at_ms, what, reason)
            SELECT id, suppress.at_ms, 'refused', 'suppressed:' || name FROM gone RETURNING 1
    )
    SELECT count(*) INTO ended FROM told;
    calls := ARRAY(SELECT c.call_id FROM callback c
                   WHERE c.number_index = ANY (indexes) AND c.state = 'calling');
    RETURN NEXT;
END $$;

-- Take numbers off a list; return how many were on it.
CREATE FUNCTION unsuppress(name text, indexes bytea[], at_ms bigint, by text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    gone int;
BEGIN
    DELETE FROM suppression s WHERE s.list = name AND s.number_index = ANY (indexes);
    GET DIAGNOSTICS gone = ROW_COUNT;
    INSERT INTO suppression_act (at_ms, act, list, by, count)
        VALUES (unsuppress.at_ms, 'remove', name, unsuppress.by, gone);
    RETURN gone;
END $$;

-- Keep what a look-up answered, in place of what it answered before.
CREATE FUNCTION keep_lookup(
    number_index bytea, lookup text, answer text, at_ms bigint, gone_ms bigint
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO lookup_answer VALUES (number_index, lookup, answer, at_ms, gone_ms)
        ON CONFLICT ON CONSTRAINT lookup_answer_pkey DO UPDATE
        SET answer = excluded.answer, at_ms = excluded.at_ms, gone_ms = excluded.gone_ms
$$;
CREATE FUNCTION prune_lookups(before_ms bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (DELETE FROM lookup_answer WHERE gone_ms < before_ms RETURNING 1)
    SELECT count(*) FROM gone
$$;

GRANT EXECUTE ON FUNCTION ask_callback, take_callbacks, move_callback, begin_attempt, suppress,
    unsuppress, keep_lookup, prune_lookups TO auctiond_app;

-- Forget a person: as before, and callbacks. A list of whom we do not call is not forgotten.
CREATE OR REPLACE FUNCTION erase_person(person uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM webhook_inbox i USING call c
        WHERE i.carrier = c.carrier AND c.person_id = person
        AND (i.call_ref = c.call_ref OR EXISTS (
            SELECT FROM call_session s WHERE s.carrier = i.carrier AND s.call_ref = i.call_ref
            AND s.call_id = c.id));
    DELETE FROM rtb_caller r USING call_caller cc, call c
        WHERE r.caller_index = cc.caller_index AND c.id = cc.call_id AND c.person_id = person;
    DELETE FROM lookup_answer l USING callback c
        WHERE l.number_index = c.number_index AND c.person_id = person;
    DELETE FROM call_caller cc USING call c WHERE c.id = cc.call_id AND c.person_id = person;
    UPDATE callback SET number_index = NULL WHERE person_id = person;
    UPDATE callback SET state = 'over', reason = 'erased'
        WHERE person_id = person AND state = 'waiting';
    DELETE FROM person_key WHERE person_id = person;
    RETURN FOUND;
END $$;
