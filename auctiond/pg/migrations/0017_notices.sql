-- Notices: what parties are told of, written in the transaction of what happened, sent afterwards.
-- A party is "operator", "buyer/ID" or "publisher/ID": addresses stand in the network, which is
-- stored sealed. `data` holds amounts, dates and ids of ours (market/notices.py), and nobody's name.
CREATE TABLE notice (
    id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    no     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind   text NOT NULL,
    party  text NOT NULL,
    event  text NOT NULL,       -- What happened, by its own id: it is told once.
    data   jsonb NOT NULL,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (kind, party, event)
);
CREATE INDEX ON notice (at);

-- What is still to be sent. The channel is "mail" or the id of a webhook; "" before it is known
-- who is to be told.
CREATE TABLE notice_open (
    notice_id  uuid NOT NULL REFERENCES notice ON DELETE CASCADE,
    channel    text NOT NULL,
    begun      int NOT NULL DEFAULT 0,  -- Tries so far.
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    due        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (notice_id, channel)
);
CREATE INDEX ON notice_open (due);

CREATE TABLE notice_try (
    notice_id  uuid NOT NULL REFERENCES notice ON DELETE CASCADE,
    channel    text NOT NULL,
    try        int NOT NULL CHECK (try > 0),
    outcome    text NOT NULL CHECK (outcome IN ('sent', 'failed', 'given_up', 'nobody')),
    reason     text NOT NULL,   -- A code. Never the words of another server.
    at         timestamptz NOT NULL,
    PRIMARY KEY (notice_id, channel, try)
);

-- Webhooks that answered 410: they want no more, as long as they are at that address.
CREATE TABLE webhook_gone (
    endpoint  text PRIMARY KEY,
    url_hash  bytea NOT NULL,
    at        timestamptz NOT NULL
);
GRANT SELECT ON notice, notice_open, notice_try, webhook_gone TO auctiond_app, auctiond_reader;

-- Tell a party something, once. To be called inside the transaction of what happened, by the
-- server or by other functions. False: it was told before.
CREATE FUNCTION tell_notice(kind text, party text, event text, data jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    made uuid;
BEGIN
    INSERT INTO notice (kind, party, event, data)
        VALUES (tell_notice.kind, tell_notice.party, tell_notice.event, tell_notice.data)
        ON CONFLICT DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO notice_open (notice_id, channel) VALUES (made, '');
    RETURN true;
END $$;

-- Take what is due, and begin a try of each. Whoever dies over it leaves it due again at `lease`.
CREATE FUNCTION take_notices(now timestamptz, lease timestamptz, most int)
RETURNS TABLE (
    id uuid, no bigint, kind text, party text, data text, at timestamptz, channel text,
    begun int, since timestamptz
) LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH taken AS (
        SELECT o.notice_id, o.channel FROM notice_open o WHERE o.due <= now
        ORDER BY o.due LIMIT most FOR UPDATE SKIP LOCKED
    ), begun AS (
        UPDATE notice_open o SET due = lease, begun = o.begun + 1 FROM taken t
        WHERE o.notice_id = t.notice_id AND o.channel = t.channel RETURNING o.*
    )
    SELECT n.id, n.no, n.kind, n.party, n.data::text, n.at, b.channel, b.begun, b.since
    FROM begun b JOIN notice n ON n.id = b.notice_id ORDER BY n.no, b.channel
$$;

-- Say by which channels a notice goes out. None: nobody is there to be told, which is on record.
CREATE FUNCTION spread_notice(wanted uuid, channels text[], at timestamptz, why text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM notice_open o WHERE o.notice_id = wanted AND o.channel = '';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF cardinality(channels) = 0 THEN
        INSERT INTO notice_try VALUES (wanted, '', 1, 'nobody', why, at) ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO notice_open (notice_id, channel, since, due)
        SELECT wanted, c, at, at FROM unnest(channels) c ON CONFLICT DO NOTHING;
END $$;

-- Record how a try ended; it is made again at `again`, or never.
CREATE FUNCTION end_notice_try(
    wanted uuid, by text, no int, outcome text, reason text, at timestamptz, again timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO notice_try VALUES (wanted, by, no, outcome, reason, at) ON CONFLICT DO NOTHING;
    IF again IS NULL THEN
        DELETE FROM notice_open o WHERE o.notice_id = wanted AND o.channel = by AND o.begun = no;
    ELSE
        UPDATE notice_open o SET due = again
            WHERE o.notice_id = wanted AND o.channel = by AND o.begun = no;
    END IF;
END $$;

-- Send a notice again by every channel that it did not reach, or that nobody was at.
CREATE FUNCTION resend_notice(wanted uuid, at timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    count int;
BEGIN
    INSERT INTO notice_open (notice_id, channel, begun, since, due)
        SELECT notice_id, channel, max(try), resend_notice.at, resend_notice.at FROM notice_try t
        WHERE notice_id = wanted GROUP BY notice_id, channel
        HAVING NOT bool_or(outcome = 'sent')
            AND (channel <> '' OR NOT EXISTS (SELECT FROM notice_try s
                WHERE s.notice_id = wanted AND s.channel <> ''))
        ON CONFLICT ON CONSTRAINT notice_open_pkey DO UPDATE SET due = excluded.due;
    GET DIAGNOSTICS count = ROW_COUNT;
    RETURN count;
END $$;

CREATE FUNCTION webhook_is_gone(wanted text, url_hash bytea, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO webhook_gone VALUES (wanted, url_hash, at)
        ON CONFLICT (endpoint) DO UPDATE SET url_hash = excluded.url_hash, at = excluded.at
$$;
CREATE FUNCTION resume_webhook(wanted text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (DELETE FROM webhook_gone WHERE endpoint = wanted RETURNING 1)
    SELECT EXISTS (SELECT FROM gone)
$$;

-- Forget old notices, but those that are still to be sent.
CREATE FUNCTION prune_notices(before timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (
        DELETE FROM notice n WHERE n.at < before
            AND NOT EXISTS (SELECT FROM notice_open o WHERE o.notice_id = n.id) RETURNING 1)
    SELECT count(*) FROM gone
$$;

GRANT EXECUTE ON FUNCTION tell_notice, take_notices, spread_notice, end_notice_try, resend_notice,
    webhook_is_gone, resume_webhook, prune_notices TO auctiond_app;
