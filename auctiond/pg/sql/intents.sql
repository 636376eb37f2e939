-- begin --
SELECT begin_intent($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- take --
SELECT * FROM take_intents($1, $2, $3) ORDER BY due_ms

-- ask --
SELECT ask_intent($1, $2)

-- move --
SELECT move_intent($1, $2, $3, $4, $5, $6, $7)

-- end --
-- Move an intent to its end, with all that is written with it; see the migration money_told.
SELECT end_intent($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10)

-- get --
SELECT * FROM money_intent WHERE id = $1

-- recent --
-- The newest, or those before a given one; of one payer or all.
SELECT * FROM money_intent
WHERE ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR payer = $3)
ORDER BY id DESC LIMIT $1

-- events --
SELECT at_ms, what, reason FROM money_intent_event WHERE intent_id = $1 ORDER BY no

-- of_payment --
-- The intent that a payment at the processor was made for. One without a payment has the ref "".
SELECT * FROM money_intent WHERE ref = $1 AND ref <> '' AND kind IN ('top_up', 'recharge', 'page')

-- next_due --
SELECT min(due) FROM (
    SELECT min(greatest(due_ms, lease_ms)) AS due FROM money_intent
        WHERE state IN ('new', 'asked', 'waiting')
    UNION ALL SELECT min(due_ms) FROM processor_news WHERE done_ms IS NULL) x

-- customer --
SELECT customer FROM payer_customer WHERE payer = $1

-- keep_customer --
SELECT keep_customer($1, $2, $3)

-- keep_method --
SELECT keep_method($1, $2, $3)

-- drop_method --
SELECT drop_method($1, $2)

-- methods --
-- The ways a payer can pay, the newest first.
SELECT id, payer, added_ms FROM payment_method
WHERE gone_ms IS NULL AND ($1::text IS NULL OR payer = $1) ORDER BY added_ms DESC, id

-- keep_dispute --
SELECT keep_dispute($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- disputes --
SELECT * FROM processor_dispute ORDER BY opened_ms DESC LIMIT $1

-- put_news --
SELECT put_news($1, $2, $3, $4)

-- take_news --
SELECT * FROM take_news($1, $2, $3) ORDER BY received_ms

-- end_news --
SELECT end_news($1, $2, $3)

-- prune_news --
SELECT prune_news($1)
