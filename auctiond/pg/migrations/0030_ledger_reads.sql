-- The app reads the ledger through functions alone, as it writes it: it has no right on any of the
-- ledger's tables. Each function says what may be asked; people who look for themselves have the
-- roles reader and auditor.

-- What bounded accounts with a name that begins with `prefix` have.
CREATE FUNCTION ledger_balances(prefix text)
RETURNS TABLE (account text, posted bigint, held bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT a.name, e.posted, e.held
    FROM ledger_account a CROSS JOIN LATERAL (
        SELECT le.posted, le.held FROM ledger_entry le WHERE le.account = a.name
        ORDER BY le.month DESC, le.seq DESC LIMIT 1) e
    WHERE a.bounded AND a.name ^@ prefix
    ORDER BY a.name
$$;

-- What accounts without bounds were given in all.
CREATE FUNCTION ledger_sums() RETURNS TABLE (account text, amount bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT l.account, sum(l.amount)::bigint FROM ledger_line l GROUP BY l.account ORDER BY l.account
$$;

-- Holds older than `older_than` that have not ended, of the calls of the last `within`.
CREATE FUNCTION ledger_open_holds(older_than interval, within interval)
RETURNS TABLE (body text, at timestamptz, age_s float)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.body, t.at, extract(epoch FROM clock_timestamp() - t.at)::float
    FROM ledger_transfer t
    WHERE t.kind = 'hold' AND t.id >= ledger_id_at(clock_timestamp() - within)
        AND t.at <= clock_timestamp() - older_than
        AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id)
    ORDER BY t.at, t.id
$$;

CREATE FUNCTION ledger_count_open_holds(within interval) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT count(*) FROM ledger_transfer t
    WHERE t.kind = 'hold' AND t.id >= ledger_id_at(clock_timestamp() - within)
        AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id)
$$;

-- What changed an account from `since` up to `until`, oldest first. What a sale, or a call that
-- used up units alone, gave back to this account is a release of it.
CREATE FUNCTION ledger_statement(
    wanted text, since timestamptz, until timestamptz, rows_max bigint
) RETURNS TABLE (
    at timestamptz, transfer_id uuid, posted_change bigint, held_change bigint, posted bigint,
    held bigint, kind text, call_id uuid, ref text, reason text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT m.at, m.transfer_id, m.d_posted, m.d_held, m.posted, m.held,
        CASE WHEN t.kind = 'capture' AND m.d_posted = 0 THEN 'release' ELSE t.kind END,
        coalesce((coalesce(h.body, t.body)::jsonb->>'call')::uuid,
            CASE WHEN t.body LIKE '%"reverses":"%' THEN ledger_call(t.id) END),
        t.body::jsonb->>'ref', t.body::jsonb->>'reason'
    FROM (
        SELECT e.at, e.seq, e.transfer_id, e.d_posted, e.d_held, e.posted, e.held
        FROM ledger_entry e
        WHERE e.account = wanted AND e.month >= date_trunc('month', since AT TIME ZONE 'UTC')::date
            AND e.at >= since AND e.at < until
        UNION ALL
        SELECT l.at, 0, l.transfer_id, l.amount, 0, NULL, NULL FROM ledger_line l
        WHERE l.account = wanted AND l.at >= since AND l.at < until
        ORDER BY 1, 2 LIMIT rows_max
    ) m
    JOIN ledger_transfer t ON t.id = m.transfer_id
    LEFT JOIN ledger_transfer h ON h.id = t.hold_id
    ORDER BY m.at, m.seq
$$;

-- What was posted on an account before a moment.
CREATE FUNCTION ledger_opening(wanted text, before timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT coalesce((
        SELECT e.posted FROM ledger_entry e
        WHERE e.account = wanted AND e.at < before
            AND e.month <= date_trunc('month', before AT TIME ZONE 'UTC')::date
        ORDER BY e.month DESC, e.seq DESC LIMIT 1), (
        SELECT sum(l.amount)::bigint FROM ledger_line l
        WHERE l.account = wanted AND l.at < before), 0)
$$;

-- The ledger in four numbers. What was captured went to publishers and to the margin.
CREATE FUNCTION ledger_totals(
    OUT payout bigint, OUT margin bigint, OUT entries bigint, OUT open_holds bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT coalesce(sum(l.amount) FILTER (WHERE l.account ^@ 'publisher:'), 0)::bigint,
        coalesce(sum(l.amount) FILTER (WHERE l.account = 'margin'), 0)::bigint,
        (SELECT count(*) FROM ledger_entry),
        (SELECT count(*) FROM ledger_transfer WHERE kind = 'hold')
            - (SELECT count(*) FROM hold_resolution)
    FROM ledger_line l JOIN ledger_transfer t ON t.id = l.transfer_id AND t.kind = 'capture'
    WHERE l.account ^@ 'publisher:' OR l.account = 'margin'
$$;

-- The newest moves, those with a lower id than `before`.
CREATE FUNCTION ledger_moves(before uuid, rows_max bigint)
RETURNS TABLE (id uuid, body text, at timestamptz, hold_body text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.id, t.body, t.at, h.body
    FROM (SELECT * FROM ledger_transfer lt WHERE before IS NULL OR lt.id < before
        ORDER BY lt.id DESC LIMIT rows_max) t
    LEFT JOIN ledger_transfer h ON h.id = t.hold_id
    ORDER BY t.id DESC
$$;

-- The newest moves of a bounded account, those before an entry of it, with its balance after each.
CREATE FUNCTION ledger_moves_of(wanted text, before_month date, before_seq bigint, rows_max bigint)
RETURNS TABLE (
    id uuid, body text, at timestamptz, hold_body text, month date, seq bigint, posted bigint,
    held bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.id, t.body, t.at, h.body, e.month, e.seq, e.posted, e.held
    FROM (SELECT * FROM ledger_entry le
        WHERE le.account = wanted AND (le.month, le.seq) < (before_month, before_seq)
        ORDER BY le.month DESC, le.seq DESC LIMIT rows_max) e
    JOIN ledger_transfer t ON t.id = e.transfer_id
    LEFT JOIN ledger_transfer h ON h.id = t.hold_id
    ORDER BY e.month DESC, e.seq DESC
$$;

-- The newest moves that gave to an account without bounds or took from it, those before a line.
CREATE FUNCTION ledger_lines_of(
    wanted text, before_at timestamptz, before_id uuid, rows_max bigint
) RETURNS TABLE (id uuid, body text, at timestamptz, hold_body text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.id, t.body, t.at, h.body
    FROM (SELECT * FROM ledger_line ll
        WHERE ll.account = wanted AND (ll.at, ll.transfer_id) < (before_at, before_id)
        ORDER BY ll.at DESC, ll.transfer_id DESC LIMIT rows_max) l
    JOIN ledger_transfer t ON t.id = l.transfer_id
    LEFT JOIN ledger_transfer h ON h.id = t.hold_id
    ORDER BY l.at DESC, l.transfer_id DESC
$$;

-- Those of these moves that are sales.
CREATE FUNCTION ledger_sales(ids uuid[]) RETURNS TABLE (id uuid, body text, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.id, t.body, t.at FROM ledger_transfer t WHERE t.id = ANY (ids) AND t.kind = 'capture'
$$;

-- A move, with the call that it was for.
CREATE FUNCTION ledger_move_of_call(wanted uuid) RETURNS TABLE (id uuid, call_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.id, (coalesce(h.body, t.body)::jsonb ->> 'call')::uuid
    FROM ledger_transfer t LEFT JOIN ledger_transfer h ON h.id = t.hold_id WHERE t.id = wanted
$$;

-- The newest entry of each account that changed since `since`, and the time before looking.
CREATE FUNCTION ledger_heads(since timestamptz)
RETURNS TABLE (account text, seq bigint, hash text, looked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT DISTINCT ON (e.account) e.account, e.seq, encode(e.hash, 'hex'), statement_timestamp()
    FROM ledger_entry e
    WHERE e.at >= since AND e.month >= date_trunc('month', since AT TIME ZONE 'UTC')::date
    ORDER BY e.account, e.month DESC, e.seq DESC
$$;

-- How many transfers each month has, from the month before `since` on.
CREATE FUNCTION ledger_transfer_counts(since timestamptz)
RETURNS TABLE (month text, transfers bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT to_char(m.month, 'YYYY-MM'), (
        SELECT count(*) FROM ledger_transfer t
        WHERE t.id >= ledger_id_at(m.month::timestamp AT TIME ZONE 'UTC')
            AND t.id < ledger_id_at((m.month + interval '1 month') AT TIME ZONE 'UTC'))
    FROM ledger_month m WHERE m.month > (since AT TIME ZONE 'UTC') - interval '2 months'
$$;

-- The hashes of the blocks of 256 moves recorded from `since` up to `until`, by id; see
-- ledger/merkle.py.
CREATE FUNCTION ledger_blocks(since timestamptz, until timestamptz)
RETURNS TABLE (hash bytea, moves bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT sha256('\x01'::bytea || string_agg(leaf, ''::bytea ORDER BY id)), count(*)
    FROM (
        SELECT t.id, sha256('\x00'::bytea || uuid_send(t.id) || t.body_hash) AS leaf,
            (row_number() OVER (ORDER BY t.id) - 1) / 256 AS block
        FROM ledger_transfer t WHERE t.at >= since AND t.at < until
    ) leaves GROUP BY block ORDER BY block
$$;

-- The newest line of the seal file that was noted over `ago` ago.
CREATE FUNCTION ledger_noted_seal(ago interval) RETURNS TABLE (no bigint, hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT s.no, encode(s.line_hash, 'hex') FROM ledger_seal s
    WHERE s.noted_at < clock_timestamp() - ago ORDER BY s.no DESC LIMIT 1
$$;

-- The lines of a payout run after a given one, with their calls, and what was said of each then.
CREATE FUNCTION payout_lines(
    run uuid, after_account text, after_transfer uuid, rows_max bigint
) RETURNS TABLE (
    account text, transfer_id uuid, amount bigint, kind text, at timestamptz, call_id uuid,
    why text, parts text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT p.account, p.transfer_id, p.amount, t.kind, t.at,
        coalesce((h.body::jsonb->>'call')::uuid, (t.body::jsonb->>'call')::uuid),
        coalesce(n.data ->> 'why', ''),
        array_to_string(ARRAY(SELECT jsonb_array_elements_text(n.data -> 'of')), ' ')
    FROM payout_line p
    JOIN ledger_transfer t ON t.id = p.transfer_id
    LEFT JOIN ledger_transfer h ON h.id = t.hold_id
    LEFT JOIN LATERAL (
        SELECT e.data FROM call_event e
        WHERE t.kind = 'capture' AND e.call_id = (h.body::jsonb->>'call')::uuid
            AND e.kind = 'payout' LIMIT 1) n ON true
    WHERE p.run_id = run AND (p.account, p.transfer_id) > (after_account, after_transfer)
    ORDER BY p.account, p.transfer_id LIMIT rows_max
$$;

GRANT EXECUTE ON FUNCTION ledger_balances, ledger_sums, ledger_open_holds, ledger_count_open_holds,
    ledger_statement, ledger_opening, ledger_totals, ledger_moves, ledger_moves_of,
    ledger_lines_of, ledger_sales, ledger_move_of_call, ledger_heads, ledger_transfer_counts,
    ledger_blocks, ledger_noted_seal
    TO auctiond_app, auctiond_reader, auctiond_auditor;
GRANT EXECUTE ON FUNCTION payout_lines TO auctiond_app, auctiond_reader;

REVOKE ALL ON ledger_account, ledger_month, ledger_transfer, ledger_entry, ledger_line,
    hold_resolution, ledger_ref, ledger_reversal, ledger_booking, ledger_rule, ledger_reversible,
    ledger_seal FROM auctiond_app;
REVOKE EXECUTE ON FUNCTION ledger_effect, ledger_undone, ledger_call FROM auctiond_app;
