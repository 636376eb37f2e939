-- Sales are invoiced by the entries of a wallet: each entry in one invoice, in the order in which they
-- were made. One that is late for its month is in the next; months that nobody saw to are made up for.

-- Up to which entry a wallet's sales are invoiced, or looked at and found to be none.
CREATE TABLE sales_mark (
    account   text COLLATE "C" PRIMARY KEY,
    month     date NOT NULL,
    upto_seq  bigint NOT NULL
);
GRANT SELECT ON sales_mark TO auctiond_app, auctiond_reader;
INSERT INTO sales_mark SELECT i.payer, i.month, e.seq
    FROM (SELECT payer, max(month) AS month FROM invoice
        WHERE kind = 'invoice' AND payer ^@ 'wallet:' GROUP BY payer) i
    CROSS JOIN LATERAL (SELECT seq FROM ledger_entry e WHERE e.account = i.payer
        AND e.month <= i.month ORDER BY e.month DESC, e.seq DESC LIMIT 1) e;

-- The months up to `closed` that wallets were not looked at for, each with the entries that it is
-- about: those after (since, after_seq), up to upto_seq. The oldest month first.
CREATE FUNCTION unbilled_sales(closed date)
RETURNS TABLE (account text, month date, since date, after_seq bigint, upto_seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH due AS (
        SELECT a.name, m.month, s.month AS since, s.upto_seq AS after_seq, (
            SELECT e.seq FROM ledger_entry e WHERE e.account = a.name AND e.month <= m.month
            ORDER BY e.month DESC, e.seq DESC LIMIT 1) AS upto_seq
        FROM ledger_account a LEFT JOIN sales_mark s ON s.account = a.name
        JOIN ledger_month m ON m.month <= closed AND m.month > coalesce(s.month, '-infinity')
        WHERE a.name ^@ 'wallet:'
    ), spans AS (
        SELECT d.name, d.month, coalesce(lag(d.month) OVER w, d.since, '-infinity') AS since,
            coalesce(lag(d.upto_seq) OVER w, d.after_seq, 0) AS after_seq, d.upto_seq
        FROM due d WINDOW w AS (PARTITION BY d.name ORDER BY d.month)
    )
    SELECT * FROM spans s WHERE s.upto_seq > s.after_seq ORDER BY s.month, s.name
$$;

-- What a wallet paid for and got back in a span of its entries, by kind of move. Payments in and out
-- are not in it.
CREATE FUNCTION sales_between(wanted text, since date, after_seq bigint, upto_seq bigint)
RETURNS TABLE (kind text, moves bigint, amount bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.kind, count(*), -sum(e.d_posted)::bigint
    FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transfer_id
    LEFT JOIN ledger_transfer o ON o.id = (t.body::jsonb->>'reverses')::uuid
    LEFT JOIN ledger_transfer oo ON oo.id = (o.body::jsonb->>'reverses')::uuid
    WHERE e.account = wanted AND (e.month, e.seq) > (sales_between.since, sales_between.after_seq)
        AND e.seq <= sales_between.upto_seq AND e.d_posted <> 0
        AND coalesce(oo.kind, o.kind, t.kind) IN ('capture', 'charge')
    GROUP BY t.kind ORDER BY t.kind
$$;

-- Issue the invoice of a span, or note that there is nothing to invoice in it. Null: there is none,
-- or somebody else saw to it meanwhile.
CREATE FUNCTION issue_sales(
    wanted text, in_month date, after_seq bigint, upto_seq bigint, sum bigint, parts jsonb,
    who text, at_ms bigint, prefix text, issuer text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    made bigint;
BEGIN
    LOCK TABLE invoice IN SHARE ROW EXCLUSIVE MODE;
    IF after_seq <> coalesce((SELECT s.upto_seq FROM sales_mark s WHERE s.account = wanted), 0) THEN
        RETURN NULL;
    END IF;
    INSERT INTO sales_mark VALUES (wanted, in_month, upto_seq) ON CONFLICT (account) DO UPDATE
        SET month = excluded.month, upto_seq = excluded.upto_seq;
    IF jsonb_array_length(parts) > 0 THEN
        made := issue_invoice(wanted, in_month, lower(account_currency(wanted)), sum, parts, who,
            at_ms, prefix, issuer);
    END IF;
    RETURN made;
END $$;
DROP FUNCTION wallet_sales(text, date);
GRANT EXECUTE ON FUNCTION unbilled_sales, sales_between, issue_sales TO auctiond_app;

-- A call that is settled late is summed up twice: its end is that of the first time, its talk that of
-- the last. Each sum was rated as if it were a call.
-- Rate what has ended and was not rated: each call and recording once. A leg is rounded up to whole
-- `round_s`: the caller's from its arrival to the call's end, a buyer's from the connect to the end of
-- the talk. A ping is one that was answered, or timed out. Returns how many things were rated.
CREATE OR REPLACE FUNCTION rate_usage(who_pays text, since_ms bigint, round_s bigint, now_ms bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    -- A call lasts hours at the most, but its end may be written down late: two days are looked at.
    from_ms bigint := greatest(since_ms, (SELECT upto_ms - 172800000 FROM usage_rated));
    count bigint;
    more bigint := 0;
BEGIN
    LOCK TABLE usage_rated IN SHARE ROW EXCLUSIVE MODE;
    WITH ended AS (
        SELECT c.id AS call_id, e.at_ms, e.data, extract(epoch FROM c.arrived_at) * 1000 AS came_ms,
            open_month(who_pays, date_trunc('month', c.arrived_at)::date) AS month
        FROM call c CROSS JOIN LATERAL (
            SELECT (array_agg(x.at_ms ORDER BY x.seq))[1] AS at_ms,
                (array_agg(x.data ORDER BY x.seq DESC))[1] AS data
            FROM call_event x WHERE x.call_id = c.id AND x.kind = 'ended') e
        WHERE c.id >= ledger_id_at(to_timestamp(from_ms / 1000.0)) AND e.at_ms IS NOT NULL
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
