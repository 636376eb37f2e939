-- Recordings of calls, and messages: what became of each. The files lie elsewhere, sealed with the
-- key of their person. A row stands before the carrier is told to record, so none is ever without one.
CREATE TABLE recording (
    id           uuid PRIMARY KEY,
    call_id      uuid NOT NULL REFERENCES call,
    person_id    uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('talk', 'message')),
    leg          int NOT NULL,            -- The buyer's leg in which it began; 0: the flow's.
    began_ms     bigint NOT NULL,
    state        text NOT NULL CHECK (state IN ('asked', 'told', 'kept', 'deleting', 'gone', 'lost')),
    why          text NOT NULL,           -- Of what is deleting, gone or lost.
    news         text,                    -- The carrier's news of its end: one is of one recording.
    duration_ms  bigint,
    channels     int,
    bytes        bigint,
    type         text NOT NULL,           -- Of the file: "audio/wav".
    store        text NOT NULL,           -- Where the file is: "local", "s3:BUCKET".
    tries        int NOT NULL,            -- Of what is being done to it.
    due_ms       bigint NOT NULL,         -- When it is looked at next; of what is kept: its end.
    lease_ms     bigint NOT NULL,         -- Until then somebody sees to it.
    UNIQUE (call_id, news)
);
CREATE INDEX ON recording (call_id);
CREATE INDEX ON recording (person_id);
CREATE INDEX ON recording (due_ms) WHERE state NOT IN ('gone', 'lost');

-- What happened to it, and who made links to it and listened.
CREATE TABLE recording_event (
    recording_id  uuid NOT NULL REFERENCES recording,
    no            bigint GENERATED ALWAYS AS IDENTITY,
    at_ms         bigint NOT NULL,
    what          text NOT NULL,
    why           text NOT NULL,
    by            text NOT NULL,          -- The id of an API key, of a link, or 'server'.
    PRIMARY KEY (recording_id, no)
);
CALL make_append_only('recording_event');

GRANT SELECT ON recording, recording_event TO auctiond_app;
GRANT INSERT ON recording_event TO auctiond_app;
GRANT SELECT (id, call_id, kind, leg, began_ms, state, why, duration_ms, channels, bytes, type, store,
    due_ms) ON recording TO auctiond_reader;
GRANT SELECT ON recording_event TO auctiond_reader;

-- Write down that a recording is about to begin. True: it may; false: its call is not on record, or
-- its person was erased. Asked again after a restart, it is the same recording.
CREATE FUNCTION begin_recording(
    id uuid, call uuid, kind text, leg int, at_ms bigint, due_ms bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO recording
        SELECT begin_recording.id, c.id, c.person_id, kind, leg, at_ms, 'asked', '', NULL, NULL, NULL,
            NULL, '', '', 0, due_ms, 0
        FROM call c JOIN person_key k ON k.person_id = c.person_id WHERE c.id = call
        ON CONFLICT DO NOTHING;
    IF FOUND THEN
        INSERT INTO recording_event (recording_id, at_ms, what, why, by)
            VALUES (begin_recording.id, at_ms, 'asked', '', 'server');
    END IF;
    RETURN EXISTS (SELECT FROM recording r WHERE r.id = begin_recording.id AND r.state = 'asked');
END $$;

-- Take down the carrier's news that a recording of a call is there: of the one that began next to it.
-- The same news twice is one; news that nobody asked for are none. Returns its id, or NULL.
CREATE FUNCTION tell_recording(
    call uuid, told text, began bigint, at_ms bigint, duration bigint, count int
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    which uuid;
BEGIN
    SELECT id INTO which FROM recording r WHERE r.call_id = call AND r.news = told;
    IF FOUND THEN
        RETURN which;
    END IF;
    UPDATE recording SET state = 'told', news = told, duration_ms = duration, channels = count,
        due_ms = at_ms, tries = 0, lease_ms = 0
        WHERE id = (SELECT id FROM recording r WHERE r.call_id = call AND r.state = 'asked'
            ORDER BY abs(r.began_ms - began), r.began_ms LIMIT 1 FOR UPDATE)
        RETURNING id INTO which;
    IF FOUND THEN
        INSERT INTO recording_event (recording_id, at_ms, what, why, by)
            VALUES (which, at_ms, 'told', '', 'server');
    END IF;
    RETURN which;
END $$;

-- Lease those that something is to be done to, the most urgent first.
CREATE FUNCTION take_recordings(now_ms bigint, until_ms bigint, most int) RETURNS SETOF recording
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE recording SET lease_ms = until_ms WHERE id IN (
        SELECT id FROM recording WHERE state NOT IN ('gone', 'lost') AND due_ms <= now_ms
            AND lease_ms <= now_ms
        ORDER BY (state = 'told') DESC, due_ms LIMIT most FOR UPDATE SKIP LOCKED)
    RETURNING *;
$$;

-- Lease one by its id, if something is to be done to it.
CREATE FUNCTION take_recording(one uuid, now_ms bigint, until_ms bigint) RETURNS SETOF recording
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE recording SET lease_ms = until_ms WHERE id = one AND state NOT IN ('gone', 'lost')
        AND due_ms <= now_ms AND lease_ms <= now_ms
    RETURNING *;
$$;

-- Move a recording on, if it is still where it was; gives its lease back. True: it was.
CREATE FUNCTION move_recording(
    one uuid, before text, after text, reason text, at_ms bigint, who text, next_ms bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE recording SET state = after, why = reason, due_ms = next_ms, lease_ms = 0,
        tries = CASE WHEN after = before THEN tries + 1 ELSE 0 END
        WHERE id = one AND state = before;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF after <> before THEN
        INSERT INTO recording_event (recording_id, at_ms, what, why, by)
            VALUES (one, at_ms, after, reason, who);
    END IF;
    RETURN true;
END $$;

-- Take down where a file was put. False: somebody wanted it deleted meanwhile.
CREATE FUNCTION keep_recording(
    one uuid, size bigint, media text, place text, at_ms bigint, until_ms bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE recording SET store = place, bytes = size, type = media WHERE id = one;
    RETURN move_recording(one, 'told', 'kept', '', at_ms, 'server', until_ms);
END $$;

-- Let nothing be kept for longer than `keep_ms`; return of how many the end moved.
CREATE FUNCTION shorten_keeping(keep_ms bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH moved AS (
        UPDATE recording SET due_ms = began_ms + keep_ms
        WHERE state = 'kept' AND due_ms > began_ms + keep_ms RETURNING 1)
    SELECT count(*) FROM moved
$$;

-- Whoever is erased: the key is gone, so the files are noise already; they are deleted as well.
CREATE FUNCTION erase_recordings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    WITH moved AS (
        UPDATE recording SET state = 'deleting', why = 'erased', due_ms = 0, tries = 0
        WHERE person_id = OLD.person_id AND state IN ('asked', 'told', 'kept') RETURNING id)
    INSERT INTO recording_event (recording_id, at_ms, what, why, by)
        SELECT id, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, 'deleting', 'erased', 'server'
        FROM moved;
    RETURN NULL;
END $$;
CREATE TRIGGER erase_recordings AFTER DELETE ON person_key
    FOR EACH ROW EXECUTE FUNCTION erase_recordings();

GRANT EXECUTE ON FUNCTION begin_recording, tell_recording, take_recordings, take_recording,
    move_recording, keep_recording, shorten_keeping TO auctiond_app;
