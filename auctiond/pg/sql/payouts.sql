-- make --
SELECT make_payout_run($1, $2, $3, $4, $5, $6, $7)

-- decide --
SELECT decide_payout_run($1, $2, $3, $4)

-- pay --
SELECT pay_payout_item($1, $2, $3, $4, $5, $6, $7)

-- fail --
SELECT fail_payout_item($1, $2, $3, $4, $5, $6)

-- due --
SELECT * FROM payouts_due($1, $2, $3)

-- recent --
SELECT r.*, count(i.account) AS items,
    count(i.account) FILTER (WHERE i.state = 'paid') AS paid,
    (SELECT coalesce(json_object_agg(c.currency, c.amount ORDER BY c.currency), '{}')::text FROM (
        SELECT account_currency(account) AS currency, sum(amount) AS amount FROM payout_item
        WHERE run_id = r.id GROUP BY 1) c) AS amounts
FROM payout_run r LEFT JOIN payout_item i ON i.run_id = r.id
WHERE $2::bigint IS NULL OR r.no < $2
GROUP BY r.id ORDER BY r.no DESC LIMIT $1

-- get --
SELECT r.*, count(i.account) AS items,
    count(i.account) FILTER (WHERE i.state = 'paid') AS paid,
    (SELECT coalesce(json_object_agg(c.currency, c.amount ORDER BY c.currency), '{}')::text FROM (
        SELECT account_currency(account) AS currency, sum(amount) AS amount FROM payout_item
        WHERE run_id = r.id GROUP BY 1) c) AS amounts
FROM payout_run r LEFT JOIN payout_item i ON i.run_id = r.id
WHERE r.id = $1 GROUP BY r.id

-- items --
SELECT * FROM payout_item WHERE run_id = $1 ORDER BY account

-- lines --
-- The lines of a run after a given one, with their calls, and what was said of the payout then.
SELECT p.account, p.transfer_id, p.amount, t.kind, t.at,
    coalesce((h.body::jsonb->>'call')::uuid, (t.body::jsonb->>'call')::uuid) AS call_id,
    coalesce(n.data ->> 'why', '') AS why,
    array_to_string(ARRAY(SELECT jsonb_array_elements_text(n.data -> 'of')), ' ') AS parts
FROM payout_line p
JOIN ledger_transfer t ON t.id = p.transfer_id
LEFT JOIN ledger_transfer h ON h.id = t.hold_id
LEFT JOIN LATERAL (
    SELECT e.data FROM call_event e
    WHERE t.kind = 'capture' AND e.call_id = (h.body::jsonb->>'call')::uuid
        AND e.kind = 'payout' LIMIT 1) n ON true
WHERE p.run_id = $1 AND (p.account, p.transfer_id) > ($2, $3)
ORDER BY p.account, p.transfer_id LIMIT $4
