-- Money from cards. What we want a processor to do is written down before it is asked, under an id
-- that is also its idempotency key; so whatever breaks, it is asked again as the same thing. Of a
-- card there is nothing here but the processor's id of it. A payer is the wallet that is filled.

CREATE TABLE money_intent (
    id            uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('top_up', 'recharge', 'page', 'setup', 'refund')),
    payer         text NOT NULL,          -- An account of the ledger: wallet:BUYER or usage:NAME.
    amount        bigint NOT NULL CHECK (amount >= 0),    -- Micros.
    currency      text NOT NULL,
    method        text NOT NULL,          -- The processor's id of what pays; '': a person will say.
    of            uuid REFERENCES money_intent,           -- What a refund gives back.
    by            text NOT NULL,          -- The id of an API key, or 'auto'.
    made_ms       bigint NOT NULL,
    state         text NOT NULL CHECK (state IN ('new', 'asked', 'waiting', 'done', 'failed')),
    reason        text NOT NULL,          -- A code: why it failed, or what it waits for.
    ref           text NOT NULL,          -- The processor's id of it: a payment, refund or setup.
    page          text NOT NULL,          -- The processor's id of the page where a person pays.
    first_ask_ms  bigint,                 -- The key is good for a day from then.
    tries         int NOT NULL,
    due_ms        bigint NOT NULL,        -- When it is looked at next.
    lease_ms      bigint NOT NULL,        -- Until then somebody sees to it.
    CHECK ((kind = 'refund') = (of IS NOT NULL)),
    CHECK ((kind = 'setup') = (amount = 0))
);
CREATE INDEX ON money_intent (payer, id);
CREATE INDEX ON money_intent (of);
CREATE INDEX ON money_intent (ref);
CREATE INDEX ON money_intent (due_ms) WHERE state IN ('new', 'asked', 'waiting');
CREATE UNIQUE INDEX money_intent_one_recharge ON money_intent (payer)
    WHERE kind = 'recharge' AND state IN ('new', 'asked', 'waiting');

-- What happened to it, for people and for good.
CREATE TABLE money_intent_event (
    intent_id  uuid NOT NULL REFERENCES money_intent,
    no         bigint GENERATED ALWAYS AS IDENTITY,
    at_ms      bigint NOT NULL,
    what       text NOT NULL,
    reason     text NOT NULL,
    PRIMARY KEY (intent_id, no)
);
CALL make_append_only('money_intent_event');

CREATE TABLE payer_customer (
    payer     text PRIMARY KEY,
    customer  text NOT NULL UNIQUE,
    at_ms     bigint NOT NULL
);
CALL make_append_only('payer_customer');

CREATE TABLE payment_method (
    id        text PRIMARY KEY,
    payer     text NOT NULL,
    added_ms  bigint NOT NULL,
    gone_ms   bigint
);
CREATE INDEX ON payment_method (payer);

CREATE TABLE processor_dispute (
    id          text PRIMARY KEY,
    payment     text NOT NULL,
    intent_id   uuid NOT NULL REFERENCES money_intent,
    payer       text NOT NULL,
    reason      text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    withdrawn   bigint NOT NULL CHECK (withdrawn >= 0),
    reinstated  bigint NOT NULL CHECK (reinstated >= 0),
    opened_ms   bigint NOT NULL,
    changed_ms  bigint NOT NULL
);
CREATE INDEX ON processor_dispute (payer);

-- Webhooks of the processor: that something happened to an object of theirs. What it is, we ask.
-- Not the body: it tells of a person, and is not needed.
CREATE TABLE processor_news (
    event_id     text PRIMARY KEY,
    kind         text NOT NULL,
    object_id    text NOT NULL,
    received_ms  bigint NOT NULL,
    done_ms      bigint,
    result       text NOT NULL,
    tries        int NOT NULL,
    due_ms       bigint NOT NULL
);
CREATE INDEX ON processor_news (due_ms) WHERE done_ms IS NULL;
CREATE INDEX ON processor_news (received_ms);

GRANT SELECT ON money_intent, money_intent_event, payer_customer, payment_method,
    processor_dispute, processor_news TO auctiond_app, auctiond_reader;

-- Write an intent down. 'new', 'known' (the same id: nothing is done), 'too_much' (a refund of more
-- than was paid), 'not_paid' (a refund of what never came in) or 'open' (a recharge is under way).
CREATE FUNCTION begin_intent(
    id uuid, kind text, payer text, amount bigint, currency text, method text, of uuid, by text,
    at_ms bigint, first_due_ms bigint
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    paid money_intent;
BEGIN
    IF EXISTS (SELECT FROM money_intent m WHERE m.id = begin_intent.id) THEN
        RETURN 'known';
    END IF;
    IF kind = 'refund' THEN
        SELECT * INTO paid FROM money_intent m WHERE m.id = begin_intent.of FOR UPDATE;
        IF paid.state IS DISTINCT FROM 'done' OR paid.kind NOT IN ('top_up', 'recharge', 'page') THEN
            RETURN 'not_paid';
        END IF;
        IF amount > paid.amount - (SELECT coalesce(sum(m.amount), 0) FROM money_intent m
                WHERE m.of = begin_intent.of AND m.state <> 'failed') THEN
            RETURN 'too_much';
        END IF;
    END IF;
    INSERT INTO money_intent VALUES (id, kind, payer, amount, currency, method, of, by, at_ms,
        'new', '', '', '', NULL, 0, first_due_ms, 0) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN CASE WHEN kind = 'recharge' THEN 'open' ELSE 'known' END;
    END IF;
    INSERT INTO money_intent_event (intent_id, at_ms, what, reason)
        VALUES (id, begin_intent.at_ms, 'wanted', '');
    RETURN 'new';
END $$;

-- Take what is to be looked at, for a while.
CREATE FUNCTION take_intents(now_ms bigint, until_ms bigint, most int) RETURNS SETOF money_intent
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE money_intent SET lease_ms = until_ms
    WHERE id IN (SELECT m.id FROM money_intent m
                 WHERE m.state IN ('new', 'asked', 'waiting')
                   AND m.due_ms <= now_ms AND m.lease_ms <= now_ms
                 ORDER BY m.due_ms LIMIT most FOR UPDATE SKIP LOCKED)
    RETURNING *
$$;

-- The processor is being asked now: on record before the request leaves.
CREATE FUNCTION ask_intent(wanted uuid, at_ms bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE money_intent SET tries = tries + 1, first_ask_ms = coalesce(first_ask_ms, at_ms),
        state = CASE WHEN state = 'new' THEN 'asked' ELSE state END
    WHERE id = wanted AND state IN ('new', 'asked', 'waiting')
$$;

-- Move an intent on. What is done stays done, but for a refund that the bank sent back; what has
-- failed can still turn out to be done, for money that came after all is money. True: it moved.
CREATE FUNCTION move_intent(
    wanted uuid, next_state text, next_reason text, next_ref text, next_page text,
    next_due bigint, at_ms bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    was money_intent;
BEGIN
    SELECT * INTO was FROM money_intent m WHERE m.id = wanted FOR UPDATE;
    IF NOT FOUND OR (was.state = 'failed' AND next_state <> 'done')
        OR (was.state = 'done' AND NOT (was.kind = 'refund' AND next_state = 'failed')) THEN
        RETURN false;
    END IF;
    UPDATE money_intent m SET state = next_state, reason = next_reason, due_ms = next_due,
        ref = CASE WHEN next_ref = '' THEN m.ref ELSE next_ref END,
        page = CASE WHEN next_page = '' THEN m.page ELSE next_page END, lease_ms = 0
        WHERE m.id = wanted;
    IF (was.state, was.reason) IS DISTINCT FROM (next_state, next_reason) THEN
        INSERT INTO money_intent_event (intent_id, at_ms, what, reason)
            VALUES (wanted, move_intent.at_ms, next_state, next_reason);
    END IF;
    RETURN was.state <> next_state;
END $$;

-- Keep who a payer is at the processor; the first stands. Returns who that is.
CREATE FUNCTION keep_customer(wanted text, new_customer text, at_ms bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO payer_customer VALUES (wanted, new_customer, at_ms) ON CONFLICT DO NOTHING;
    RETURN (SELECT c.customer FROM payer_customer c WHERE c.payer = wanted);
END $$;

CREATE FUNCTION keep_method(method text, wanted text, at_ms bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO payment_method VALUES (method, wanted, at_ms, NULL) ON CONFLICT DO NOTHING
$$;
CREATE FUNCTION drop_method(method text, at_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE payment_method m SET gone_ms = at_ms WHERE m.id = method AND m.gone_ms IS NULL;
    RETURN FOUND;
END $$;

-- Keep a dispute as it now is: it only goes on. True: it is new.
CREATE FUNCTION keep_dispute(
    wanted text, of_payment text, intent uuid, of_payer text, why text, now_state text,
    taken bigint, given bigint, at_ms bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO processor_dispute VALUES (wanted, of_payment, intent, of_payer, why, now_state,
        taken, given, at_ms, at_ms) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN true;
    END IF;
    UPDATE processor_dispute d SET withdrawn = greatest(d.withdrawn, taken),
        reinstated = greatest(d.reinstated, given), changed_ms = at_ms,
        state = CASE WHEN d.state = 'open' THEN now_state ELSE d.state END
        WHERE d.id = wanted;
    RETURN false;
END $$;

-- Keep a webhook until it is seen to. False: it was there.
CREATE FUNCTION put_news(event text, of_kind text, object text, at_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO processor_news VALUES (event, of_kind, object, at_ms, NULL, '', 0, at_ms)
        ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;

CREATE FUNCTION take_news(now_ms bigint, until_ms bigint, most int) RETURNS SETOF processor_news
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE processor_news SET due_ms = until_ms, tries = tries + 1
    WHERE event_id IN (SELECT n.event_id FROM processor_news n
                       WHERE n.done_ms IS NULL AND n.due_ms <= now_ms
                       ORDER BY n.received_ms LIMIT most FOR UPDATE SKIP LOCKED)
    RETURNING *
$$;

CREATE FUNCTION end_news(event text, how text, at_ms bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE processor_news SET done_ms = at_ms, result = how WHERE event_id = event
$$;
CREATE FUNCTION prune_news(before_ms bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (DELETE FROM processor_news WHERE received_ms < before_ms AND done_ms IS NOT NULL
        RETURNING 1)
    SELECT count(*) FROM gone
$$;

GRANT EXECUTE ON FUNCTION begin_intent, take_intents, ask_intent, move_intent, keep_customer,
    keep_method, drop_method, keep_dispute, put_news, take_news, end_news, prune_news
    TO auctiond_app;

-- How a wallet is filled by itself, and from when on its payer is told that it is low.
CREATE TABLE wallet_rule (
    payer      text PRIMARY KEY,
    enabled    boolean NOT NULL,              -- Whether it is filled by itself.
    threshold  bigint NOT NULL,               -- Filled when less than that is free.
    amount     bigint NOT NULL CHECK (amount >= 0),
    method     text NOT NULL,                 -- '': the newest card on file.
    month_max  bigint CHECK (month_max > 0),  -- The most in a calendar month; null: no limit.
    low        bigint,                        -- Told of when less than that is free; null: not.
    failures   int NOT NULL,                  -- In a row.
    paused     text NOT NULL,                 -- Why it is not filled for now; '': it is.
    next_ms    bigint NOT NULL,               -- Not before.
    by         text NOT NULL,
    changed_ms bigint NOT NULL
);
CREATE TABLE wallet_rule_event (
    payer  text NOT NULL,
    no     bigint GENERATED ALWAYS AS IDENTITY,
    at_ms  bigint NOT NULL,
    what   text NOT NULL,
    by     text NOT NULL,
    rule   jsonb NOT NULL,
    PRIMARY KEY (payer, no)
);
CALL make_append_only('wallet_rule_event');

-- Who was told that a wallet is low, or empty, and not yet that it is not.
CREATE TABLE wallet_told (
    payer  text NOT NULL,
    level  text NOT NULL CHECK (level IN ('low', 'empty')),
    at_ms  bigint NOT NULL,
    PRIMARY KEY (payer, level)
);
GRANT SELECT ON wallet_rule, wallet_rule_event, wallet_told TO auctiond_app, auctiond_reader;

-- What is free in an account that keeps a balance.
CREATE FUNCTION wallet_free(wanted text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT coalesce((SELECT e.posted - e.held FROM ledger_entry e WHERE e.account = wanted
        ORDER BY e.month DESC, e.seq DESC LIMIT 1), 0)
$$;

-- Whether a move is in the ledger.
CREATE FUNCTION ledger_has(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (SELECT FROM ledger_transfer t WHERE t.id = wanted)
$$;

-- Set a rule anew: it is no longer paused, and what failed before is forgotten.
CREATE FUNCTION set_wallet_rule(
    wanted text, is_on boolean, below bigint, much bigint, method_id text, at_most bigint,
    low_below bigint, who text, at_ms bigint
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO wallet_rule VALUES (wanted, is_on, below, much, method_id, at_most, low_below,
        0, '', 0, who, at_ms)
        ON CONFLICT (payer) DO UPDATE SET enabled = is_on, threshold = below, amount = much,
            method = method_id, month_max = at_most, low = low_below, failures = 0, paused = '',
            by = who, changed_ms = at_ms;
    INSERT INTO wallet_rule_event (payer, at_ms, what, by, rule)
        SELECT wanted, set_wallet_rule.at_ms, 'set', who, to_jsonb(r)
        FROM wallet_rule r WHERE r.payer = wanted;
END $$;

-- What a rule charges: the card that it names, or the newest on file; null: there is none.
CREATE FUNCTION recharge_method(r wallet_rule) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT m.id FROM payment_method m
    WHERE m.payer = r.payer AND m.gone_ms IS NULL AND r.method IN ('', m.id)
    ORDER BY m.added_ms DESC, m.id LIMIT 1
$$;

-- Whether a wallet is to be filled now: low, not paused, not too soon, nothing under way or in
-- dispute, and within what a month may take.
CREATE FUNCTION is_recharge_due(r wallet_rule, now_ms bigint, month_ms bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT r.enabled AND r.paused = '' AND r.next_ms <= now_ms
        AND wallet_free(r.payer) < r.threshold AND recharge_method(r) IS NOT NULL
        AND NOT EXISTS (SELECT FROM money_intent m WHERE m.payer = r.payer
            AND m.kind = 'recharge' AND m.state IN ('new', 'asked', 'waiting'))
        AND NOT EXISTS (SELECT FROM processor_dispute d
            WHERE d.payer = r.payer AND d.state = 'open')
        AND (r.month_max IS NULL OR r.month_max >= r.amount + (
            SELECT coalesce(sum(m.amount), 0) FROM money_intent m WHERE m.payer = r.payer
            AND m.kind = 'recharge' AND m.state <> 'failed' AND m.made_ms >= month_ms))
$$;

CREATE FUNCTION due_recharges(now_ms bigint, month_ms bigint) RETURNS SETOF wallet_rule
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT r FROM wallet_rule r WHERE r.enabled AND is_recharge_due(r, now_ms, month_ms)
$$;

-- Begin to fill a wallet, if that is still due. The rule is locked, so two servers begin it once.
CREATE FUNCTION begin_recharge(id uuid, wanted text, now_ms bigint, month_ms bigint, until_ms bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    r wallet_rule;
BEGIN
    SELECT * INTO r FROM wallet_rule w WHERE w.payer = wanted FOR UPDATE;
    IF NOT FOUND OR NOT is_recharge_due(r, now_ms, month_ms) THEN
        RETURN false;
    END IF;
    UPDATE wallet_rule w SET next_ms = until_ms WHERE w.payer = wanted;
    RETURN begin_intent(id, 'recharge', wanted, r.amount, 'usd', recharge_method(r), NULL, 'auto',
        now_ms, now_ms) = 'new';
END $$;

-- Note how a recharge ended, and when there may be another. Returns the failures in a row.
CREATE FUNCTION note_recharge(
    wanted text, paid boolean, until_ms bigint, pause text, at_ms bigint
) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    count int;
BEGIN
    UPDATE wallet_rule w SET failures = CASE WHEN paid THEN 0 ELSE w.failures + 1 END,
        next_ms = greatest(w.next_ms, until_ms), paused = pause WHERE w.payer = wanted
        RETURNING w.failures INTO count;
    IF pause <> '' THEN
        INSERT INTO wallet_rule_event (payer, at_ms, what, by, rule)
            SELECT wanted, note_recharge.at_ms, 'paused', 'auto', to_jsonb(r)
            FROM wallet_rule r WHERE r.payer = wanted;
    END IF;
    RETURN coalesce(count, 0);
END $$;

-- Which wallets have become low or empty since somebody was told of it. Each is returned once; one
-- that was filled can become so again.
CREATE FUNCTION tell_wallet_levels(at_ms bigint)
RETURNS TABLE (payer text, level text, free bigint, threshold bigint)
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH wallet AS (
        SELECT a.name, wallet_free(a.name) AS free, r.low FROM ledger_account a
        LEFT JOIN wallet_rule r ON r.payer = a.name
        WHERE a.name ^@ 'wallet:' OR a.name ^@ 'usage:'
    ), state AS (
        SELECT w.name, 'low' AS level, w.free, w.low AS bound, w.free < w.low AS is_so
            FROM wallet w WHERE w.low IS NOT NULL
        UNION ALL SELECT w.name, 'empty', w.free, 0, w.free <= 0 FROM wallet w
    ), better AS (
        DELETE FROM wallet_told t USING state s
            WHERE t.payer = s.name AND t.level = s.level AND NOT s.is_so
    ), worse AS (
        INSERT INTO wallet_told AS t SELECT s.name, s.level, at_ms FROM state s WHERE s.is_so
            ON CONFLICT DO NOTHING RETURNING t.payer, t.level
    )
    SELECT s.name, s.level, s.free, s.bound FROM worse w JOIN state s
        ON s.name = w.payer AND s.level = w.level
$$;

GRANT EXECUTE ON FUNCTION wallet_free, ledger_has, set_wallet_rule, due_recharges, begin_recharge,
    note_recharge, tell_wallet_levels TO auctiond_app;
