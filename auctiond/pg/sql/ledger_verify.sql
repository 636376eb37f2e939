-- about --
-- Roughly how much there is to verify: for the progress, and to choose how to go about it. `counted`:
-- whether PostgreSQL knows that of every part; one that no ANALYZE has seen, it takes for empty.
SELECT coalesce(sum(greatest(c.reltuples, 0))
        FILTER (WHERE p.inhparent = 'ledger_entry'::regclass), 0)::bigint AS entries,
    coalesce(sum(greatest(c.reltuples, 0))
        FILTER (WHERE p.inhparent = 'ledger_transfer'::regclass), 0)::bigint AS transfers,
    coalesce(bool_and(c.reltuples > 0 OR pg_relation_size(c.oid) = 0), true) AS counted
FROM pg_inherits p JOIN pg_class c ON c.oid = p.inhrelid
WHERE p.inhparent IN ('ledger_entry'::regclass, 'ledger_transfer'::regclass)

-- sizes --
-- How much there is to verify.
SELECT (SELECT count(*) FROM ledger_entry) AS entries,
    (SELECT count(*) FROM ledger_transfer) AS transfers,
    (SELECT count(*) FROM ledger_line) AS lines,
    (SELECT count(*) FROM ledger_transfer t WHERE t.kind = 'hold'
        AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id)) AS open_holds,
    (SELECT count(*) FROM ledger_ref) AS refs,
    (SELECT count(*) FROM ledger_reversal) AS reversals,
    (SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'auctiond'::regnamespace
        AND c.relkind IN ('r', 'p') AND c.relname ~ '^(ledger_|hold_resolution)') AS tables

-- set --
-- For a long look: much memory for joins, no time lost on compiling, plans for each page.
SELECT set_config('work_mem', '128MB', false), set_config('jit', 'off', false),
    set_config('plan_cache_mode', 'force_custom_plan', false)

-- look_up --
-- Whether rows may be looked up one by one where that seems cheaper.
SELECT set_config('enable_nestloop', $1, false)

-- entries_page --
-- Where the next $4 entries after the key $1, $2, $3 end, and how many there are.
WITH page AS MATERIALIZED (
    SELECT account, month, seq FROM ledger_entry WHERE (account, month, seq) > ($1, $2::date, $3)
    ORDER BY account, month, seq LIMIT $4
)
SELECT account, month, seq, (SELECT count(*) FROM page) AS entries,
    (SELECT count(DISTINCT account) FROM page WHERE account <> $1) AS accounts
FROM page ORDER BY account DESC, month DESC, seq DESC LIMIT 1

-- entries_wrong --
-- The entries after the key $1, $2, $3 up to $4, $5, $6 that are not what they should be: each
-- follows the one before, has its hash, its move, its month, and is what was sealed ($7, $8, $9).
-- At most $10 of them; ledger/verify.py says what is wrong with each.
WITH page AS (
    SELECT *, lag(seq, 1, 0::bigint) OVER chain AS before_seq,
        lag(posted, 1, 0::bigint) OVER chain AS before_posted,
        lag(held, 1, 0::bigint) OVER chain AS before_held,
        coalesce(encode(lag(hash) OVER chain, 'hex'), '') AS before_hash,
        CASE WHEN isfinite(at) THEN (extract(epoch FROM at) * 1000000)::bigint ELSE 0 END AS at_us,
        month = date_trunc('month', at AT TIME ZONE 'UTC')::date AS in_month
    FROM ledger_entry
    WHERE (account, month, seq) >= ($1, $2::date, $3) AND (account, month, seq) <= ($4, $5::date, $6)
    WINDOW chain AS (PARTITION BY account ORDER BY month, seq)
)
SELECT p.account, p.seq, p.transfer_id, p.d_posted, p.d_held, p.posted, p.held, p.at_us, p.hash,
    coalesce(p.in_month, false) AS in_month, t.body_hash, p.before_seq, p.before_posted,
    p.before_held, p.before_hash, s.hash AS sealed
FROM page p
LEFT JOIN ledger_transfer t ON t.id = p.transfer_id
LEFT JOIN unnest($7::text[], $8::bigint[], $9::text[]) s(account, seq, hash)
    ON s.account = p.account AND s.seq = p.seq
WHERE (p.account, p.month, p.seq) <> ($1, $2::date, $3) AND (
    p.seq = p.before_seq + 1 AND p.posted = p.before_posted + p.d_posted
    AND p.held = p.before_held + p.d_held AND p.held >= 0 AND p.in_month
    AND (s.hash IS NULL OR s.hash = encode(p.hash, 'hex'))
    AND p.hash = sha256(convert_to('entry/1|' || p.account || '|' || p.seq || '|' || p.transfer_id
        || '|' || encode(t.body_hash, 'hex') || '|' || p.d_posted || '|' || p.d_held || '|'
        || p.posted || '|' || p.held || '|' || p.at_us || '|' || p.before_hash, 'UTF8'))
) IS NOT TRUE AND p.month >= (SELECT ledger_kept_from())  -- What was carried over has a hash of its own.
ORDER BY p.account, p.month, p.seq LIMIT $10

-- ends --
-- The newest entry of each of the accounts $1; none: it has no entries.
SELECT a.account, coalesce((SELECT seq FROM ledger_entry e WHERE e.account = a.account
    ORDER BY month DESC, seq DESC LIMIT 1), 0) AS seq
FROM unnest($1::text[]) a(account)

-- moves_page --
-- Where the next $2 moves after $1 end, and how many there are.
SELECT id, n FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM (
        SELECT id FROM ledger_transfer WHERE id > $1 ORDER BY id LIMIT $2) page
) numbered ORDER BY n DESC LIMIT 1

-- moves_wrong --
-- The moves after $1 up to $2 that may not be what they should be, some more than once:
-- ledger/verify.py judges them.
-- Holds and their ends, of which there are millions, are judged here; all others always there.
-- An end has the time of its hold in its id, so the two are on one page but for a few at its border;
-- those are judged there too. Fails on a body that is no JSON, or no such move: then all of the
-- page is judged there.
WITH t AS MATERIALIZED (
    SELECT t.*, t.body::jsonb AS doc FROM ledger_transfer t
    WHERE t.id > $1 AND t.id <= $2 AND t.kind IN ('hold', 'capture', 'release', 'expire')
        AND t.at >= (SELECT ledger_kept_from())  -- What was recorded before is proved by its file.
), line AS MATERIALIZED (  -- What is held, or taken.
    SELECT t.id, t.kind, t.at, v->>0 AS account, (v->>1)::bigint AS amount,
        (v->>2)::bigint AS floor, jsonb_typeof(v->1) = 'number' AND CASE t.kind
            WHEN 'hold' THEN jsonb_array_length(v) = 3 AND jsonb_typeof(v->2) = 'number'
            ELSE jsonb_array_length(v) = 2 END AS fits
    FROM t, jsonb_array_elements(t.doc->'lines') l(v)
), give AS MATERIALIZED (
    SELECT t.id, t.at, v->>0 AS account, (v->>1)::bigint AS amount,
        jsonb_typeof(v->1) = 'number' AND jsonb_array_length(v) = 2 AS fits
    FROM t, jsonb_array_elements(t.doc->'give') l(v) WHERE t.kind = 'capture'
), ended AS MATERIALIZED (  -- What the hold held that ends, and how much of it was taken.
    SELECT t.id, t.at, l.account, l.amount, c.amount AS taken,
        jsonb_array_length(t.doc->'lines') AS takes
    FROM t JOIN line l ON l.id = t.hold_id AND l.kind = 'hold'
    LEFT JOIN line c ON c.id = t.id AND c.account = l.account
    WHERE t.kind <> 'hold'
), entry AS MATERIALIZED (  -- What entries should be, and what they are.
    SELECT coalesce(x.id, e.transfer_id) AS id, x.posted, x.held, x.at, x.floor,
        e.d_posted, e.d_held, e.at AS entry_at, e.free
    FROM (
        SELECT id, account, 0::bigint AS posted, amount AS held, at, floor
        FROM line WHERE kind = 'hold'
        UNION ALL SELECT id, account, -coalesce(taken, 0), -amount, at, NULL FROM ended
    ) x FULL JOIN (
        SELECT transfer_id, account, d_posted, d_held, at, posted - held AS free
        FROM ledger_entry WHERE transfer_id > $1 AND transfer_id <= $2
            AND month >= (SELECT ledger_kept_from())
    ) e ON e.transfer_id = x.id AND e.account = x.account
)
SELECT t.id FROM t LEFT JOIN t h ON h.id = t.hold_id AND h.kind = 'hold'
LEFT JOIN hold_resolution r ON r.hold_id = t.hold_id AND r.hold_id > $1 AND r.hold_id <= $2
WHERE (
    t.body_hash = sha256(convert_to(t.body, 'UTF8'))
    AND t.body = '{"v":1,"kind":"' || t.kind || '","id":"' || t.id || CASE t.kind
        WHEN 'hold' THEN '","call":"' || (t.doc->>'call')::uuid || '","leg":'
            || (t.doc->>'leg')::bigint || ',"expires_ms":' || (t.doc->>'expires_ms')::bigint
        ELSE '","hold":"' || t.hold_id || '"' END
        || ',"lines":' || replace((t.doc->'lines')::text, ', ', ',')
        || ',"give":' || replace((t.doc->'give')::text, ', ', ',') || '}'
    AND CASE t.kind
        WHEN 'hold' THEN t.doc->>'give' = '[]'
            AND jsonb_array_length(t.doc->'lines') BETWEEN 1 AND 85
        WHEN 'capture' THEN h.id IS NOT NULL AND r.transfer_id = t.id
            AND jsonb_array_length(t.doc->'lines') <= 85
            AND jsonb_array_length(t.doc->'give') <= 85
        ELSE h.id IS NOT NULL AND r.transfer_id = t.id
            AND (t.doc->>'lines', t.doc->>'give') = ('[]', '[]') END
) IS NOT TRUE
UNION ALL  -- Others than holds and their ends.
SELECT id FROM ledger_transfer WHERE id > $1 AND id <= $2 AND at >= (SELECT ledger_kept_from())
    AND kind NOT IN ('hold', 'capture', 'release', 'expire')
UNION ALL  -- Holds, by their rules.
SELECT l.id FROM line l LEFT JOIN ledger_account a ON a.name = l.account
WHERE l.kind = 'hold' GROUP BY l.id
HAVING (bool_and(l.fits AND a.bounded AND l.amount BETWEEN 0 AND 1000000000000000
        AND l.floor BETWEEN -1000000000000000000 AND 1000000000000000)
    AND count(DISTINCT l.account) = count(*)
    AND count(DISTINCT nullif(replace(a.unit, 'cap_', ''), 'calls')) <= 1) IS NOT TRUE
UNION ALL  -- Sales, by theirs: what is taken is given, in each unit.
SELECT x.id FROM (
    SELECT id, account, amount, true AS inside, fits FROM line WHERE kind = 'capture'
    UNION ALL SELECT id, account, amount, false, fits FROM give
) x LEFT JOIN ledger_account a ON a.name = x.account
GROUP BY x.id, a.unit
HAVING (bool_and(x.fits AND a.bounded = x.inside AND x.amount BETWEEN 1 AND 1000000000000000
        AND CASE WHEN x.inside THEN x.account !~ '^slot:' ELSE
            split_part(split_part(x.account, ':', 1), '@', 1)
                IN ('publisher', 'margin', 'used', 'carrier') END)
    AND count(DISTINCT x.account) = count(*)
    AND sum(CASE WHEN x.inside THEN x.amount ELSE -x.amount END) = 0) IS NOT TRUE
UNION ALL  -- Nothing is taken but what was held.
SELECT id FROM ended GROUP BY id
HAVING (count(taken) = max(takes) AND bool_and(coalesce(taken, 0) <= amount)) IS NOT TRUE
UNION ALL  -- Entries are those that the bodies say, each once, and a hold stopped at its floor.
SELECT id FROM entry WHERE (posted = d_posted AND held = d_held AND at = entry_at
    AND (floor IS NULL OR free >= floor)) IS NOT TRUE
UNION ALL
SELECT id FROM t WHERE (SELECT count(*) FROM entry WHERE d_held IS NOT NULL AND held IS NOT NULL)
    <> (SELECT count(*) FROM line WHERE kind = 'hold') + (SELECT count(*) FROM ended)
UNION ALL  -- And lines.
SELECT coalesce(g.id, l.transfer_id) FROM give g FULL JOIN (
    SELECT transfer_id, account, amount, at FROM ledger_line
    WHERE transfer_id > $1 AND transfer_id <= $2 AND at >= (SELECT ledger_kept_from())
) l ON l.transfer_id = g.id AND l.account = g.account
WHERE (g.amount = l.amount AND g.at = l.at) IS NOT TRUE

-- moves_between --
-- The ids of all moves after $1 up to $2.
SELECT id FROM ledger_transfer WHERE id > $1 AND id <= $2 AND at >= (SELECT ledger_kept_from())

-- moves_by_id --
-- The transfers $1, each with all that belongs to it, for ledger/verify.py to judge.
SELECT t.id, t.kind, t.hold_id, t.body, t.body_hash, h.body AS hold_body,
    e.accounts AS entry_accounts, e.posted AS entry_posted, e.held AS entry_held,
    e.free AS entry_free, l.accounts AS line_accounts, l.amounts AS line_amounts, r.resolvers,
    coalesce(e.in_time AND l.in_time, e.in_time, l.in_time) AS in_time,
    floor(extract(epoch FROM CASE WHEN isfinite(t.at) THEN t.at END) * 1000)::bigint AS at_ms
FROM ledger_transfer t
LEFT JOIN LATERAL (SELECT body FROM ledger_transfer WHERE id = t.hold_id LIMIT 1) h ON true
CROSS JOIN LATERAL (
    SELECT array_agg(account) AS accounts, array_agg(d_posted) AS posted,
        array_agg(d_held) AS held, array_agg(posted - held) AS free, bool_and(at = t.at) AS in_time
    FROM ledger_entry WHERE transfer_id = t.id
        AND month = date_trunc('month', t.at AT TIME ZONE 'UTC')::date) e
CROSS JOIN LATERAL (
    SELECT array_agg(account) AS accounts, array_agg(amount) AS amounts,
        bool_and(at = t.at) AS in_time
    FROM ledger_line WHERE transfer_id = t.id) l
CROSS JOIN LATERAL (
    SELECT array_agg(transfer_id) AS resolvers
    FROM hold_resolution WHERE hold_id = coalesce(t.hold_id, t.id)) r
WHERE t.id = ANY ($1)
ORDER BY t.id

-- too_much_back --
-- Moves of which more was taken back than they did, or by what may not.
WITH kept AS (  -- What was put away with its month is proved by its file.
    SELECT DISTINCT r.reverses FROM ledger_reversal r LEFT JOIN ledger_transfer t ON t.id = r.reverses
    WHERE coalesce(t.at >= (SELECT ledger_kept_from()), r.reverses >= ledger_id_at((SELECT ledger_kept_from())))
)
SELECT DISTINCT 'move ' || r.reverses AS place, 'more of ' || d.account
    || ' was taken back than it did' AS what
FROM ledger_reversal r JOIN kept USING (reverses)
CROSS JOIN LATERAL ledger_effect(r.reverses) d
JOIN LATERAL ledger_undone(r.reverses) u ON u.account = d.account
WHERE ledger_word(d.account) NOT IN ('margin', 'writeoff')
    AND d.amount + u.amount NOT BETWEEN least(0, d.amount) AND greatest(0, d.amount)
UNION ALL
SELECT b.kind || ' ' || b.id, 'it takes back ' || coalesce(o.kind, 'what is gone')
FROM ledger_reversal r JOIN kept USING (reverses) JOIN ledger_transfer b ON b.id = r.transfer_id
LEFT JOIN ledger_transfer o ON o.id = r.reverses
WHERE NOT EXISTS (
    SELECT FROM ledger_reversible w WHERE w.kind = b.kind AND w.original = o.kind)
UNION ALL
SELECT b.kind || ' ' || b.id, 'it takes back ' || e.account || ', which was not in what it reverses'
FROM ledger_reversal r JOIN kept USING (reverses) JOIN ledger_transfer b ON b.id = r.transfer_id
CROSS JOIN LATERAL ledger_effect(b.id) e
WHERE b.kind IN ('reversal', 'reinstatement')
    AND ledger_word(e.account) NOT IN ('margin', 'writeoff')
    AND NOT EXISTS (SELECT FROM ledger_effect(r.reverses) d WHERE d.account = e.account)
LIMIT 100

-- twice_held --
-- Legs of calls with more than one open hold.
SELECT 'call ' || call || ' leg ' || leg AS place, n || ' holds are open for it' AS what
FROM (
    SELECT doc->>'call' AS call, doc->>'leg' AS leg, count(*) AS n FROM (
        SELECT CASE WHEN pg_input_is_valid(t.body, 'jsonb') THEN t.body::jsonb END AS doc
        FROM ledger_transfer t WHERE t.kind = 'hold'
            AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id)) open
    GROUP BY 1, 2) legs
WHERE n > 1 LIMIT 100

-- guards --
-- Tables of the ledger that lost what keeps them: primary key, and triggers that are always on.
SELECT 'table ' || c.relname AS place, 'its primary key or its guards are gone' AS what
FROM pg_class c
WHERE c.relnamespace = 'auctiond'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relname ~ '^(ledger_|hold_resolution)' AND NOT (
        EXISTS (SELECT FROM pg_constraint p WHERE p.conrelid = c.oid AND p.contype = 'p')
        AND 2 = (SELECT count(*) FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgenabled = 'A'
            AND g.tgname IN ('append_only', 'append_only_whole')))
ORDER BY 1

-- columns --
-- All columns of the ledger's tables, in which there is no personal data.
SELECT DISTINCT regexp_replace(c.relname, '(_carried)?_\d{6}$', '') || '.' || a.attname AS name
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'auctiond'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relname ~ '^(ledger_|hold_resolution)'

-- orphans --
-- Rows that belong to nothing: lines, ends of holds, payments, accounts of entries.
SELECT 'line of ' || l.account AS place, 'its move ' || l.transfer_id || ' is gone' AS what
FROM ledger_line l
WHERE NOT EXISTS (SELECT FROM ledger_transfer t WHERE t.id = l.transfer_id)
    -- The sum of what was put away is of no move, and below all ids.
    AND l.transfer_id <> '00000000-0000-0000-0000-000000000000'
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
WHERE p.ref IS NULL AND t.ref IS NOT NULL
    OR t.id IS NULL AND p.transfer_id >= ledger_id_at((SELECT ledger_kept_from()))
UNION ALL
SELECT concat('reversal ', coalesce(t.id, b.transfer_id)), 'it and what it takes back, '
    || coalesce(t.back, b.reverses::text) || ', do not belong together'
FROM ledger_reversal b
FULL JOIN (
    SELECT id, CASE WHEN pg_input_is_valid(body, 'jsonb') THEN body::jsonb->>'reverses' END AS back
    FROM ledger_transfer WHERE kind <> ALL ('{topup,hold,capture,release,expire}')) t
    ON t.id = b.transfer_id AND t.back = b.reverses::text
WHERE b.reverses IS NULL AND t.back IS NOT NULL
    OR t.id IS NULL AND b.transfer_id >= ledger_id_at((SELECT ledger_kept_from()))
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
SELECT coalesce(b.name, o.account) AS place, 'holds ' || coalesce(b.held, 0)
    || ', and its open holds sum to ' || coalesce(o.amount, 0) AS what
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

-- carried --
-- Since when months are in the database, and what those before ended with, now and when they were
-- exported.
SELECT ledger_kept_from() AS kept_from, encode(x.closing, 'hex') AS closing,
    encode(ledger_closing_hash(ledger_kept_from()), 'hex') AS is_now
FROM ledger_put_away p JOIN ledger_export x USING (month, sha256)
WHERE p.month = (SELECT max(month) FROM ledger_put_away)

-- unit_sums --
-- All that was ever moved, by unit: each is zero.
SELECT 'unit ' || unit AS place, 'all moves sum to ' || sum(amount) || ', not to zero' AS what
FROM (
    SELECT coalesce(ledger_unit(account), '?') AS unit,
        sum(CASE WHEN month >= (SELECT ledger_kept_from()) THEN d_posted ELSE posted END) AS amount
    FROM ledger_entry GROUP BY account
    UNION ALL
    SELECT coalesce(ledger_unit(account), '?'), sum(amount) FROM ledger_line GROUP BY account
) x GROUP BY unit HAVING sum(amount) <> 0 ORDER BY unit
