-- months --
-- The months that are laid out and begun, with what was exported of each, and why it is kept.
SELECT m.month, x.entries, x.moves, encode(coalesce(p.sha256, x.sha256), 'hex') AS sha256,
    x.noted_at AS exported_at, p.put_away_at,
    to_regclass('ledger_entry_' || to_char(m.month, 'YYYYMM')) IS NOT NULL AS has_tables
FROM ledger_month m
LEFT JOIN ledger_put_away p USING (month)
LEFT JOIN LATERAL (SELECT * FROM ledger_export e
    WHERE e.month = m.month AND (p.sha256 IS NULL OR p.sha256 = e.sha256)
    ORDER BY e.noted_at DESC LIMIT 1) x ON true
WHERE m.month <= clock_timestamp() ORDER BY m.month

-- counts --
SELECT * FROM ledger_counts($1)

-- why_kept --
SELECT ledger_why_kept($1)

-- closing --
SELECT * FROM ledger_closing($1)

-- moves --
-- The moves recorded from $1 up to $2, each with all that belongs to it, as a line of JSON.
SELECT json_build_object('move', json_build_object(
    'id', t.id, 'kind', t.kind, 'hold', t.hold_id,
    'at_us', (extract(epoch FROM t.at) * 1000000)::bigint, 'body', t.body, 'hold_body', h.body,
    'entries', e.found, 'lines', l.found, 'ends', r.found))::text AS line,
    json_array_length(e.found) AS entries
FROM ledger_transfer t
LEFT JOIN ledger_transfer h ON h.id = t.hold_id
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_array(x.account, x.seq, x.d_posted, x.d_held, x.posted,
        x.held, encode(x.hash, 'hex')) ORDER BY x.account), '[]') AS found
    FROM ledger_entry x WHERE x.transfer_id = t.id
        AND x.month = date_trunc('month', t.at AT TIME ZONE 'UTC')::date) e
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_array(x.account, x.amount) ORDER BY x.account), '[]')
        AS found
    FROM ledger_line x WHERE x.transfer_id = t.id) l
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(x.transfer_id), '[]') AS found
    FROM hold_resolution x WHERE x.hold_id = coalesce(t.hold_id, t.id)) r
WHERE t.at >= $1 AND t.at < $2
ORDER BY t.at, t.id

-- note_export --
SELECT ledger_note_export($1, $2, $3, $4, $5)

-- put_away --
SELECT ledger_put_month_away($1, $2)

-- drop --
SELECT * FROM ledger_drop_months($1)
