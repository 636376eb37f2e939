-- add --
SELECT add_rtb_pings($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::boolean[],
    $7::bigint[], $8::text[], $9::bigint[], $10::bigint[], $11::jsonb[], $12::bytea[])

-- use --
-- The call that has the bid's promise: this one, or one that came before.
SELECT use_rtb_bid($1, $2, $3)

-- known --
-- The bids a call may still come for, with their callers and calls.
SELECT p.*, p.data::text AS text, c.caller_index, u.call_id
FROM rtb_ping p LEFT JOIN rtb_caller c ON c.ping_id = p.id LEFT JOIN rtb_use u ON u.ping_id = p.id
WHERE p.gone_ms > $1 ORDER BY p.id

-- recent --
-- The newest pings, of one door or all, those before a given one.
SELECT p.*, p.data::text AS text, NULL::bytea AS caller_index, u.call_id
FROM rtb_ping p LEFT JOIN rtb_use u ON u.ping_id = p.id
WHERE ($2::uuid IS NULL OR p.id < $2) AND ($3::text IS NULL OR p.door = $3)
ORDER BY p.id DESC LIMIT $1

-- get --
SELECT p.*, p.data::text AS text, NULL::bytea AS caller_index, u.call_id
FROM rtb_ping p LEFT JOIN rtb_use u ON u.ping_id = p.id WHERE p.id = $1

-- prune --
SELECT prune_rtb($1, $2)
