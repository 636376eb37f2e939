-- Plans, usage and invoices. Usage is rated from what is on record, each thing once; what a month
-- comes to is charged as it grows; an invoice says what was charged, has a number without gaps, and
-- is never changed: a credit note is another one.

CREATE TABLE plan (
    name    text PRIMARY KEY,
    terms   jsonb NOT NULL,
    by      text NOT NULL,
    at_ms   bigint NOT NULL
);

-- Which terms hold for whom from which month on. They are copied: who changes a plan changes none.
CREATE TABLE subscription (
    payer       text NOT NULL,
    from_month  date NOT NULL,
    plan        text NOT NULL,
    terms       jsonb NOT NULL,
    by          text NOT NULL,
    at_ms       bigint NOT NULL,
    PRIMARY KEY (payer, from_month)
);

-- What was used: of a call the seconds of its legs and its pings, a recording, a number in a month.
CREATE TABLE usage_unit (
    kind      text NOT NULL CHECK (kind IN ('seconds', 'pings', 'recordings', 'numbers')),
    source    text NOT NULL,
    month     date NOT NULL,
    quantity  bigint NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (kind, source)
);
CREATE INDEX ON usage_unit (month, kind);
CALL make_append_only('usage_unit');

-- How far usage has been rated: calls that ended long before need not be looked for again.
CREATE TABLE usage_rated (upto_ms bigint NOT NULL);
INSERT INTO usage_rated VALUES (0);

CREATE TABLE usage_charge (
    payer   text NOT NULL,
    month   date NOT NULL,
    topic   text NOT NULL,
    no      int NOT NULL CHECK (no > 0),
    amount  bigint NOT NULL CHECK (amount > 0),
    move    uuid NOT NULL UNIQUE,   -- In the ledger.
    at_ms   bigint NOT NULL,
    PRIMARY KEY (payer, month, topic, no)
);
CALL make_append_only('usage_charge');

CREATE TABLE invoice (
    no         bigint PRIMARY KEY CHECK (no > 0),   -- 1, 2, 3, ... without gaps.
    number     text NOT NULL UNIQUE,                -- That, as it is printed.
    seller     text NOT NULL,                       -- Who issued it, as it was then.
    kind       text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    payer      text NOT NULL,
    month      date NOT NULL,
    of         bigint REFERENCES invoice,           -- What a credit note gives back of.
    currency   text NOT NULL,
    total      bigint NOT NULL CHECK (kind <> 'credit_note' OR total < 0),
    lines      jsonb NOT NULL,
    reason     text NOT NULL,                       -- Of a credit note: a code.
    by         text NOT NULL,
    move       uuid UNIQUE,                         -- Of a credit note, in the ledger.
    issued_ms  bigint NOT NULL,
    CHECK ((kind = 'credit_note') = (of IS NOT NULL))
);
CREATE UNIQUE INDEX invoice_one_a_month ON invoice (payer, month) WHERE kind = 'invoice';
CALL make_append_only('invoice');

GRANT SELECT ON plan, subscription, usage_unit, usage_charge, invoice TO auctiond_app, auctiond_reader;

CREATE FUNCTION set_plan(wanted text, new_terms jsonb, who text, at_ms bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO plan VALUES (wanted, new_terms, who, at_ms) ON CONFLICT (name) DO UPDATE
        SET terms = new_terms, by = who, at_ms = excluded.at_ms
$$;

-- Subscribe from a month on that has no invoice yet. False: it has one.
CREATE FUNCTION subscribe(
    who_pays text, month date, plan_name text, plan_terms jsonb, who text, at_ms bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM invoice i WHERE i.payer = who_pays AND i.month >= subscribe.month)
        OR EXISTS (SELECT FROM usage_charge c WHERE c.payer = who_pays AND c.month >= subscribe.month)
    THEN
        RETURN false;
    END IF;
    INSERT INTO subscription VALUES (who_pays, month, plan_name, plan_terms, who, at_ms)
        ON CONFLICT (payer, from_month) DO UPDATE
        SET plan = plan_name, terms = plan_terms, by = who, at_ms = excluded.at_ms;
    RETURN true;
END $$;

-- The first month from this one on that `who_pays` has no invoice for: what is rated late is in it.
CREATE FUNCTION open_month(who_pays text, month date) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT greatest(month, coalesce((SELECT (max(i.month) + interval '1 month')::date FROM invoice i
        WHERE i.payer = who_pays AND i.kind = 'invoice'), month))
$$;

-- Rate what has ended and was not rated: each call and recording once. A leg is rounded up to whole
-- `round_s`: the caller's from its arrival to the call's end, a buyer's from the connect to the end of
-- the talk. A ping is one that was answered, or timed out. Returns how many things were rated.
CREATE FUNCTION rate_usage(who_pays text, since_ms bigint, round_s bigint, now_ms bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    -- A call lasts hours at the most, but its end may be written down late: two days are looked at.
    from_ms bigint := greatest(since_ms, (SELECT upto_ms - 172800000 FROM usage_rated));
    count bigint;
    more bigint := 0;
BEGIN
    LOCK TABLE usage_rated IN SHARE ROW EXCLUSIVE MODE;
    WITH ended AS (
        SELECT e.call_id, e.at_ms, e.data, extract(epoch FROM c.arrived_at) * 1000 AS came_ms,
            open_month(who_pays, date_trunc('month', c.arrived_at)::date) AS month
        FROM call c JOIN call_event e ON e.call_id = c.id AND e.kind = 'ended'
        WHERE c.id >= ledger_id_at(to_timestamp(from_ms / 1000.0))
            AND NOT EXISTS (SELECT FROM usage_unit u
                WHERE u.kind = 'seconds' AND u.source = c.id::text)
    ), leg AS (
        SELECT call_id, CASE WHEN data->>'blocked' <> '' THEN 0 ELSE at_ms - came_ms END AS ms
            FROM ended
        UNION ALL SELECT call_id, (data->>'talk_ms')::bigint FROM ended
    ), used AS (
        INSERT INTO usage_unit
            SELECT 'seconds', e.call_id::text, e.month, coalesce((SELECT
                sum(ceil(greatest(l.ms, 0) / (1000.0 * round_s)) * round_s)
                FROM leg l WHERE l.call_id = e.call_id), 0)
            FROM ended e ON CONFLICT DO NOTHING RETURNING 1
    ), pinged AS (
        INSERT INTO usage_unit
            SELECT 'pings', e.call_id::text, e.month, (SELECT count(*)
                FROM call_event a, LATERAL (
                    SELECT b FROM jsonb_array_elements(coalesce(a.data->'ranked', '[]')) b
                    WHERE b->>'ms' IS NOT NULL
                    UNION ALL
                    SELECT b FROM jsonb_array_elements(coalesce(a.data->'others', '[]')) b
                    WHERE b->>'ms' IS NOT NULL OR b->>'reason' = 'timeout') asked
                WHERE a.call_id = e.call_id AND a.kind = 'BidsClosed')
            FROM ended e ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT count(*) INTO count FROM used;
    IF to_regclass('recording') IS NOT NULL THEN
        EXECUTE 'WITH kept AS (INSERT INTO usage_unit
            SELECT ''recordings'', r.id::text, open_month($1,
                date_trunc(''month'', to_timestamp(r.began_ms / 1000.0) AT TIME ZONE ''UTC'')::date), 1
            FROM recording r WHERE r.began_ms >= $2 AND r.duration_ms IS NOT NULL
                AND r.state <> ''lost'' ON CONFLICT DO NOTHING RETURNING 1)
            SELECT count(*) FROM kept' INTO more USING who_pays, from_ms;
    END IF;
    UPDATE usage_rated SET upto_ms = greatest(upto_ms, now_ms);
    RETURN count + more;
END $$;

-- The numbers of the network, each once a month.
CREATE FUNCTION rate_numbers(numbers text[], month date) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO usage_unit SELECT 'numbers', to_char(month, 'YYYY-MM') || ' ' || n, month, 1
        FROM unnest(numbers) n ON CONFLICT DO NOTHING
$$;

-- Note a charge. The move is in the ledger by the same transaction.
CREATE FUNCTION note_charge(
    who_pays text, in_month date, about text, number int, much bigint, move_id uuid, at_ms bigint
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO usage_charge VALUES (who_pays, in_month, about, number, much, move_id, at_ms)
        ON CONFLICT DO NOTHING
$$;

-- What a wallet paid for and got back in a month, by kind of move. Payments in and out are not in it.
CREATE FUNCTION wallet_sales(wanted text, in_month date)
RETURNS TABLE (kind text, moves bigint, amount bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.kind, count(*), -sum(e.d_posted)::bigint
    FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transfer_id
    LEFT JOIN ledger_transfer o ON o.id = (t.body::jsonb->>'reverses')::uuid
    LEFT JOIN ledger_transfer oo ON oo.id = (o.body::jsonb->>'reverses')::uuid
    WHERE e.account = wanted AND e.month = in_month AND e.d_posted <> 0
        AND coalesce(oo.kind, o.kind, t.kind) IN ('capture', 'charge')
    GROUP BY t.kind ORDER BY t.kind
$$;

-- Issue an invoice: the next number, or the number it has already.
CREATE FUNCTION issue_invoice(
    who_pays text, in_month date, money text, sum bigint, parts jsonb, who text, at_ms bigint,
    prefix text, issuer text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    known bigint;
BEGIN
    LOCK TABLE invoice IN SHARE ROW EXCLUSIVE MODE;  -- Numbers have no gaps: one at a time.
    SELECT i.no INTO known FROM invoice i
        WHERE i.payer = who_pays AND i.month = in_month AND i.kind = 'invoice';
    IF FOUND THEN
        RETURN known;
    END IF;
    SELECT coalesce(max(i.no), 0) + 1 INTO known FROM invoice i;
    INSERT INTO invoice VALUES (known, prefix || to_char(known, 'FM000000'), issuer, 'invoice',
        who_pays, in_month, NULL, money, sum, parts, '', who, NULL, at_ms);
    RETURN known;
END $$;

-- Issue a credit note. Never more than was invoiced, less what was credited. The same move twice is
-- one note. Raises 'too much'.
CREATE FUNCTION issue_credit_note(
    invoice_no bigint, much bigint, parts jsonb, why text, who text, move_id uuid, at_ms bigint,
    prefix text, issuer text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    of_this invoice;
    known bigint;
BEGIN
    LOCK TABLE invoice IN SHARE ROW EXCLUSIVE MODE;
    SELECT i.no INTO known FROM invoice i WHERE i.move = move_id;
    IF FOUND THEN
        RETURN known;
    END IF;
    SELECT * INTO of_this FROM invoice i WHERE i.no = invoice_no AND i.kind = 'invoice';
    IF of_this.total IS NULL OR much > of_this.total + (
        SELECT coalesce(sum(i.total), 0) FROM invoice i WHERE i.of = invoice_no)
    THEN
        RAISE EXCEPTION 'too much' USING ERRCODE = 'IV001';
    END IF;
    SELECT max(i.no) + 1 INTO known FROM invoice i;
    INSERT INTO invoice VALUES (known, prefix || to_char(known, 'FM000000'), issuer, 'credit_note',
        of_this.payer, of_this.month, invoice_no, of_this.currency, -much, parts, why, who, move_id,
        at_ms);
    RETURN known;
END $$;

GRANT EXECUTE ON FUNCTION set_plan, subscribe, rate_usage, rate_numbers, note_charge, wallet_sales,
    issue_invoice, issue_credit_note TO auctiond_app;
