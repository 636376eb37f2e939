-- ask --
SELECT * FROM ask_callback($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15,
    $16::text[], $17::bytea[])

-- take --
SELECT t.*, t.facts::text AS facts_text FROM take_callbacks($1, $2, $3) t ORDER BY t.due_ms

-- move --
SELECT move_callback($1, $2, $3, $4, $5, $6, $7, $8)

-- begin --
SELECT begin_attempt($1, $2, $3, $4, $5, $6, $7)

-- calls_since --
-- When a number was called since, for whichever callback.
SELECT a.at_ms FROM callback c JOIN callback_attempt a ON a.callback_id = c.id
WHERE c.number_index = $1 AND a.at_ms > $2 ORDER BY a.at_ms

-- get --
SELECT c.*, c.facts::text AS facts_text FROM callback c WHERE c.id = $1

-- of_call --
SELECT c.*, c.facts::text AS facts_text
FROM callback c JOIN callback_attempt a ON a.callback_id = c.id WHERE a.call_id = $1

-- recent --
-- The newest, or those before a given one; of one state, or all.
SELECT c.*, c.facts::text AS facts_text FROM callback c
WHERE ($2::uuid IS NULL OR c.id < $2) AND ($3::text IS NULL OR c.state = $3)
ORDER BY c.id DESC LIMIT $1

-- events --
SELECT at_ms, what, reason FROM callback_event WHERE callback_id = $1 ORDER BY no

-- attempts --
SELECT no, call_id, at_ms FROM callback_attempt WHERE callback_id = $1 ORDER BY no

-- next_due --
-- When there is something to look at, at the earliest.
SELECT min(greatest(due_ms, lease_ms)) FROM callback WHERE state <> 'over'

-- counts --
SELECT state, count(*) AS count FROM callback WHERE state <> 'over' GROUP BY state

-- session --
INSERT INTO call_session SELECT $1, $2, c.id FROM call c WHERE c.id = $3 ON CONFLICT DO NOTHING
