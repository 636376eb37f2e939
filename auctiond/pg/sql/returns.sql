-- sale --
SELECT * FROM ledger_sales($1)

-- ask --
SELECT ask_return($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- decide --
SELECT decide_return($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- undo --
SELECT undo_return($1, $2, $3, $4, $5, $6)

-- get --
SELECT * FROM sale_return WHERE id = $1

-- acts --
SELECT act, amount, reason, by, move_id, at FROM return_act WHERE return_id = $1 ORDER BY no

-- recent --
-- The newest returns, those before a given number, of a state or a buyer or all.
SELECT * FROM sale_return
WHERE ($2::bigint IS NULL OR no < $2) AND ($3::text IS NULL OR state = $3)
    AND ($4::text IS NULL OR buyer = $4)
ORDER BY no DESC LIMIT $1

-- of_call --
SELECT * FROM sale_return WHERE call_id = $1 ORDER BY no

-- note --
SELECT add_money_note($1, $2, $3, $4, $5, $6)

-- call_of --
SELECT * FROM ledger_move_of_call($1)

-- notes --
SELECT id, about, person_id, sealed, by, at FROM money_note WHERE about = $1 ORDER BY at, id

-- resumed --
-- When somebody last let each target have calls again, since $1.
SELECT target, max(at_ms) AS at_ms FROM target_event
WHERE kind = 'resumed' AND at_ms > $1 GROUP BY target

-- rates --
-- Of the targets that had a return since $1: how many sales each had, and how many came back.
-- A target's count begins anew when it was resumed ($2 targets, $3 when, Unix milliseconds).
WITH begun AS (SELECT * FROM unnest($2::text[], $3::bigint[]) AS b (target, at_ms)),
returned AS (
    SELECT r.target, greatest($1::bigint, coalesce(b.at_ms, 0)) AS since_ms, count(*) AS returned
    FROM sale_return r LEFT JOIN begun b USING (target)
    WHERE r.state IN ('approved', 'partial')
        AND r.at > to_timestamp(greatest($1::bigint, coalesce(b.at_ms, 0)) / 1000.0)
    GROUP BY 1, 2
), sold AS (
    SELECT r.target, count(DISTINCT e.call_id) AS sales
    FROM call_event e JOIN returned r ON r.target = e.data ->> 'target' AND e.at_ms > r.since_ms
    WHERE e.kind = 'leg' AND e.at_ms > $1 AND (e.data ->> 'sold')::boolean
        AND EXISTS (SELECT FROM returned)  -- Mostly there are none: then no leg is read.
    GROUP BY r.target
)
SELECT r.target, r.returned, coalesce(s.sales, 0) AS sales
FROM returned r LEFT JOIN sold s USING (target)
