-- begin --
SELECT begin_post($1, $2, $3, $4, $5, $6, $7, $8)

-- begin_again --
SELECT begin_post_again($1, $2, $3, $4)

-- end --
SELECT end_post_try($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- resume --
SELECT resume_posts($1)

-- due --
-- What is to be looked at by now, with how its last try ended, if it did.
SELECT o.call_id, o.leg, o.begun, o.since, o.due, t.outcome
FROM post_open o LEFT JOIN post_try t
    ON t.call_id = o.call_id AND t.leg = o.leg AND t.try = o.begun
WHERE o.due <= $1 ORDER BY o.due LIMIT $2

-- open_one --
SELECT o.call_id, o.leg, o.begun, o.since, o.due, t.outcome
FROM post_open o LEFT JOIN post_try t
    ON t.call_id = o.call_id AND t.leg = o.leg AND t.try = o.begun
WHERE o.call_id = $1 AND o.leg = $2

-- in_doubt --
-- What nobody knows the end of; not those whose first try is just being made.
SELECT o.call_id, o.leg, o.begun, o.since, o.due, d.target, d.buyer, t.outcome
FROM post_open o
JOIN disclosure d ON d.call_id = o.call_id AND d.leg = o.leg AND d.moment = 'connected'
LEFT JOIN LATERAL (
    SELECT outcome FROM post_try t WHERE t.call_id = o.call_id AND t.leg = o.leg
    ORDER BY try DESC LIMIT 1) t ON true
WHERE t.outcome IS NOT NULL OR o.due IS NULL
ORDER BY o.call_id DESC, o.leg LIMIT $1

-- count_in_doubt --
SELECT count(*) FROM post_open o WHERE o.due IS NULL OR EXISTS (
    SELECT FROM post_try t WHERE t.call_id = o.call_id AND t.leg = o.leg)

-- of_call --
SELECT t.leg, t.try, d.target, t.outcome, t.reason, t.by, t.at
FROM post_try t
JOIN disclosure d ON d.call_id = t.call_id AND d.leg = t.leg AND d.moment = 'connected'
WHERE t.call_id = $1 ORDER BY t.leg, t.try
