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
SELECT * FROM payout_lines($1, $2, $3, $4)
