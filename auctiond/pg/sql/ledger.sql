-- apply --
-- Apply a batch of moves; see the migrations ledger_apply and bookings.
SELECT * FROM ledger_apply($1)

-- must --
-- Record one move or fail, for transactions with more in them.
SELECT ledger_must($1)

-- make_months --
-- Lay out the months up to $1 ahead; returns how many were missing.
SELECT ledger_make_months($1)

-- balances --
-- What bounded accounts with a name that begins with $1 have.
SELECT a.name AS account, e.posted, e.held
FROM ledger_account a CROSS JOIN LATERAL (
    SELECT posted, held FROM ledger_entry WHERE account = a.name
    ORDER BY month DESC, seq DESC LIMIT 1) e
WHERE a.bounded AND a.name ^@ $1
ORDER BY a.name

-- sums --
-- What accounts without bounds were given in all.
SELECT account, sum(amount)::bigint AS amount FROM ledger_line GROUP BY account ORDER BY account

-- open_holds --
-- Holds older than $1 that have not ended, of the calls of the last $2.
SELECT t.body, t.at, extract(epoch FROM clock_timestamp() - t.at)::float AS age_s
FROM ledger_transfer t
WHERE t.kind = 'hold' AND t.id >= ledger_id_at(clock_timestamp() - $2::interval)
    AND t.at <= clock_timestamp() - $1::interval
    AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id)
ORDER BY t.at, t.id

-- statement --
-- What changed account $1 from $2 up to $3, oldest first, at most $4 rows. What a sale, or a call
-- that used up units alone, gave back to this account is a release of it.
SELECT m.at, m.transfer_id, m.posted_change, m.held_change, m.posted, m.held,
    CASE WHEN t.kind = 'capture' AND m.posted_change = 0 THEN 'release' ELSE t.kind END AS kind,
    (coalesce(h.body, t.body)::jsonb->>'call')::uuid AS call_id, t.body::jsonb->>'ref' AS ref
FROM (
    SELECT at, seq, transfer_id, d_posted AS posted_change, d_held AS held_change, posted, held
    FROM ledger_entry
    WHERE account = $1 AND month >= date_trunc('month', $2::timestamptz AT TIME ZONE 'UTC')::date
        AND at >= $2 AND at < $3
    UNION ALL
    SELECT at, 0, transfer_id, amount, 0, NULL, NULL FROM ledger_line
    WHERE account = $1 AND at >= $2 AND at < $3
    ORDER BY at, seq LIMIT $4
) m
JOIN ledger_transfer t ON t.id = m.transfer_id
LEFT JOIN ledger_transfer h ON h.id = t.hold_id
ORDER BY m.at, m.seq

-- totals --
-- The ledger in five numbers. What was captured went to publishers and to the margin.
SELECT coalesce(sum(l.amount) FILTER (WHERE l.account ^@ 'publisher:'), 0)::bigint AS payout,
    coalesce(sum(l.amount) FILTER (WHERE l.account = 'margin'), 0)::bigint AS margin,
    (SELECT count(*) FROM ledger_entry) AS entries,
    (SELECT count(*) FROM ledger_transfer WHERE kind = 'hold')
        - (SELECT count(*) FROM hold_resolution) AS open_holds
FROM ledger_line l JOIN ledger_transfer t ON t.id = l.transfer_id AND t.kind = 'capture'
WHERE l.account ^@ 'publisher:' OR l.account = 'margin'

-- heads --
-- The newest entry of each account that changed since $1, and the time before looking.
SELECT DISTINCT ON (account) account, seq, encode(hash, 'hex') AS hash,
    statement_timestamp() AS looked_at
FROM ledger_entry
WHERE at >= $1 AND month >= date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC')::date
ORDER BY account, month DESC, seq DESC

-- transfer_counts --
-- How many transfers each month has, from the month before $1 on.
SELECT to_char(m.month, 'YYYY-MM') AS month, (
    SELECT count(*) FROM ledger_transfer
    WHERE id >= ledger_id_at(m.month::timestamp AT TIME ZONE 'UTC')
        AND id < ledger_id_at((m.month + interval '1 month') AT TIME ZONE 'UTC')) AS transfers
FROM ledger_month m WHERE m.month > ($1::timestamptz AT TIME ZONE 'UTC') - interval '2 months'

-- sizes --
-- How much there is to verify.
SELECT (SELECT count(*) FROM ledger_entry) AS entries,
    (SELECT count(*) FROM ledger_transfer) AS transfers,
    (SELECT count(*) FROM ledger_line) AS lines

-- entries_after --
-- The next $4 entries, by account and order, with the hash of the move they belong to.
SELECT e.account, e.seq, e.transfer_id, e.d_posted, e.d_held, e.posted, e.held,
    CASE WHEN isfinite(e.at) THEN (extract(epoch FROM e.at) * 1000000)::bigint ELSE 0 END AS at_us,
    e.hash,
    e.month = date_trunc('month', e.at AT TIME ZONE 'UTC')::date AS in_month, t.body_hash, e.month
FROM (
    SELECT * FROM ledger_entry WHERE (account, month, seq) > ($1, $2::date, $3)
    ORDER BY account, month, seq LIMIT $4
) e
LEFT JOIN LATERAL (
    SELECT body_hash FROM ledger_transfer WHERE id = e.transfer_id LIMIT 1) t ON true
ORDER BY e.account, e.month, e.seq

-- transfers_after --
-- The next $2 transfers by id, each with all that belongs to it.
SELECT t.id, t.kind, t.hold_id, t.body, t.body_hash, h.body AS hold_body,
    e.accounts AS entry_accounts, e.posted AS entry_posted, e.held AS entry_held,
    l.accounts AS line_accounts, l.amounts AS line_amounts, r.resolvers,
    coalesce(e.in_time AND l.in_time, e.in_time, l.in_time) AS in_time
FROM (SELECT * FROM ledger_transfer WHERE id > $1 ORDER BY id LIMIT $2) t
LEFT JOIN LATERAL (SELECT body FROM ledger_transfer WHERE id = t.hold_id LIMIT 1) h ON true
CROSS JOIN LATERAL (
    SELECT array_agg(account) AS accounts, array_agg(d_posted) AS posted,
        array_agg(d_held) AS held, bool_and(at = t.at) AS in_time
    FROM ledger_entry WHERE transfer_id = t.id
        AND month = date_trunc('month', t.at AT TIME ZONE 'UTC')::date) e
CROSS JOIN LATERAL (
    SELECT array_agg(account) AS accounts, array_agg(amount) AS amounts,
        bool_and(at = t.at) AS in_time
    FROM ledger_line WHERE transfer_id = t.id) l
CROSS JOIN LATERAL (
    SELECT array_agg(transfer_id) AS resolvers
    FROM hold_resolution WHERE hold_id = coalesce(t.hold_id, t.id)) r
ORDER BY t.id

-- orphans --
-- Rows that belong to nothing: lines, ends of holds, payments, accounts of entries.
SELECT 'line of ' || l.account AS place, 'its move ' || l.transfer_id || ' is gone' AS what
FROM ledger_line l
WHERE NOT EXISTS (SELECT FROM ledger_transfer t WHERE t.id = l.transfer_id)
UNION ALL
SELECT 'end of hold ' || r.hold_id, 'the move ' || r.transfer_id || ' did not end it'
FROM hold_resolution r
WHERE NOT EXISTS (
    SELECT FROM ledger_transfer t WHERE t.id = r.transfer_id AND t.hold_id = r.hold_id)
UNION ALL
SELECT concat('payment ', coalesce(t.ref, p.ref)), 'the payment and its move '
    || coalesce(t.id, p.transfer_id) || ' do not belong together'
FROM ledger_ref p
FULL JOIN (
    SELECT id, CASE WHEN pg_input_is_valid(body, 'jsonb') THEN body::jsonb->>'ref' END AS ref
    FROM ledger_transfer WHERE kind <> ALL ('{hold,capture,release,expire}')) t
    ON (t.id, t.ref) = (p.transfer_id, p.ref)
WHERE p.ref IS NULL AND t.ref IS NOT NULL OR t.id IS NULL
UNION ALL
SELECT concat('reversal ', coalesce(t.id, b.transfer_id)), 'it and what it takes back, '
    || coalesce(t.back, b.reverses::text) || ', do not belong together'
FROM ledger_reversal b
FULL JOIN (
    SELECT id, CASE WHEN pg_input_is_valid(body, 'jsonb') THEN body::jsonb->>'reverses' END AS back
    FROM ledger_transfer WHERE kind <> ALL ('{topup,hold,capture,release,expire}')) t
    ON t.id = b.transfer_id AND t.back = b.reverses::text
WHERE b.reverses IS NULL AND t.back IS NOT NULL OR t.id IS NULL
UNION ALL
SELECT coalesce(a.name, e.account),
    CASE WHEN a.name IS NULL THEN 'is no account any more, and has entries'
        ELSE 'its row is not what its name says' END
FROM (SELECT DISTINCT account FROM ledger_entry) e
FULL JOIN ledger_account a ON a.name = e.account
WHERE a.name IS NULL OR a.unit IS DISTINCT FROM ledger_unit(a.name)
    OR a.bounded <> ledger_bounded(a.name)
LIMIT 100

-- held_differently --
-- Accounts that hold another sum than their open holds, in one snapshot. What a body has
-- become may be anything: no cast may fail on it.
SELECT coalesce(b.name, o.account) AS account, coalesce(b.held, 0) AS held,
    coalesce(o.amount, 0) AS amount
FROM (
    SELECT a.name, e.held FROM ledger_account a CROSS JOIN LATERAL (
        SELECT held FROM ledger_entry WHERE account = a.name
        ORDER BY month DESC, seq DESC LIMIT 1) e
    WHERE a.bounded
) b
FULL JOIN (
    SELECT l->>0 AS account,
        sum(CASE WHEN jsonb_typeof(l->1) = 'number' THEN (l->>1)::numeric END) AS amount
    FROM ledger_transfer t, jsonb_path_query(
        CASE WHEN pg_input_is_valid(t.body, 'jsonb') THEN t.body::jsonb END, '$.lines[*]') l
    WHERE t.kind = 'hold'
        AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id)
    GROUP BY 1
) o ON o.account = b.name
WHERE coalesce(b.held, 0) <> coalesce(o.amount, 0)
LIMIT 100

-- unit_sums --
-- All that was ever moved, by unit: each is zero.
SELECT unit, sum(amount) AS amount FROM (
    SELECT coalesce(ledger_unit(account), '?') AS unit, sum(d_posted) AS amount
    FROM ledger_entry GROUP BY account
    UNION ALL
    SELECT coalesce(ledger_unit(account), '?'), sum(amount) FROM ledger_line GROUP BY account
) x GROUP BY unit ORDER BY unit
