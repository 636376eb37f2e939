-- apply --
-- Apply a batch of moves; see the migrations ledger_apply and bookings.
SELECT * FROM ledger_apply($1)

-- must --
-- Record one move or fail, for transactions with more in them.
SELECT ledger_must($1)

-- pay_in --
-- Record a top-up and tell its payer, or fail as a whole.
SELECT pay_in($1)

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

-- open_hold_count --
-- How many holds of the calls of the last $1 have not ended.
SELECT count(*) FROM ledger_transfer t
WHERE t.kind = 'hold' AND t.id >= ledger_id_at(clock_timestamp() - $1::interval)
    AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id)

-- statement --
-- What changed account $1 from $2 up to $3, oldest first, at most $4 rows. What a sale, or a call
-- that used up units alone, gave back to this account is a release of it.
SELECT m.at, m.transfer_id, m.posted_change, m.held_change, m.posted, m.held,
    CASE WHEN t.kind = 'capture' AND m.posted_change = 0 THEN 'release' ELSE t.kind END AS kind,
    coalesce((coalesce(h.body, t.body)::jsonb->>'call')::uuid,
        CASE WHEN t.body LIKE '%"reverses":"%' THEN ledger_call(t.id) END) AS call_id,
    t.body::jsonb->>'ref' AS ref, t.body::jsonb->>'reason' AS reason
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

-- opening --
-- What was posted on account $1 before $2.
SELECT coalesce((
    SELECT posted FROM ledger_entry
    WHERE account = $1 AND month <= date_trunc('month', $2::timestamptz AT TIME ZONE 'UTC')::date
        AND at < $2
    ORDER BY month DESC, seq DESC LIMIT 1), (
    SELECT sum(amount)::bigint FROM ledger_line WHERE account = $1 AND at < $2), 0)

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

-- now --
-- The database's time.
SELECT clock_timestamp()

-- blocks --
-- The hashes of the blocks of 256 moves recorded from $1 up to $2, by id; see ledger/merkle.py.
SELECT sha256('\x01'::bytea || string_agg(leaf, ''::bytea ORDER BY id)) AS hash, count(*) AS moves
FROM (
    SELECT id, sha256('\x00'::bytea || uuid_send(id) || body_hash) AS leaf,
        (row_number() OVER (ORDER BY id) - 1) / 256 AS block
    FROM ledger_transfer WHERE at >= $1 AND at < $2
) leaves GROUP BY block ORDER BY block

-- note_seal --
-- Note line $1 of the seal file, with its hash, and until when all moves are signed.
SELECT ledger_note_seal($1, $2, $3)

-- noted_seal --
-- The newest line of the seal file that was noted over $1 ago.
SELECT no, encode(line_hash, 'hex') AS hash FROM ledger_seal
WHERE noted_at < clock_timestamp() - $1::interval ORDER BY no DESC LIMIT 1
