-- plans --
SELECT name, terms::text AS terms, at_ms FROM plan ORDER BY name

-- set_plan --
SELECT set_plan($1, $2::jsonb, $3, $4)

-- subscribe --
SELECT subscribe($1, $2, $3, $4::jsonb, $5, $6)

-- subscription --
-- The terms that hold for a payer in a month.
SELECT from_month, plan, terms::text AS terms FROM subscription
WHERE payer = $1 AND from_month <= $2 ORDER BY from_month DESC LIMIT 1

-- first_month --
SELECT min(from_month) FROM subscription WHERE payer = $1

-- rate --
SELECT rate_usage($1, $2, $3, $4)

-- rate_numbers --
SELECT rate_numbers($1, $2)

-- used --
-- What was used in a month, by kind.
SELECT kind, sum(quantity)::bigint AS quantity FROM usage_unit WHERE month = $1 GROUP BY kind

-- charged --
-- What was charged for a month, by topic, and in how many parts.
SELECT topic, sum(amount)::bigint AS amount, max(no) AS parts FROM usage_charge
WHERE payer = $1 AND month = $2 GROUP BY topic

-- note_charge --
SELECT note_charge($1, $2, $3, $4, $5, $6, $7)

-- open_months --
-- The months before $2 that were charged and have no invoice.
SELECT DISTINCT c.month FROM usage_charge c WHERE c.payer = $1 AND c.month < $2
    AND NOT EXISTS (SELECT FROM invoice i
        WHERE i.payer = c.payer AND i.month = c.month AND i.kind = 'invoice')
ORDER BY c.month

-- unbilled --
-- The months up to $1 that wallets are to be invoiced for; see the migration sales_invoiced.
SELECT * FROM unbilled_sales($1)

-- sales --
SELECT * FROM sales_between($1, $2, $3, $4)

-- issue_sales --
SELECT issue_sales($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10)

-- has_invoice --
SELECT EXISTS (SELECT FROM invoice WHERE payer = $1 AND month = $2 AND kind = 'invoice')

-- issue --
SELECT issue_invoice($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9)

-- credit --
SELECT issue_credit_note($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9)

-- get --
SELECT *, lines::text AS lines_text FROM invoice WHERE no = $1

-- credits_of --
SELECT *, lines::text AS lines_text FROM invoice WHERE of = $1 ORDER BY no

-- by_move --
SELECT *, lines::text AS lines_text FROM invoice WHERE move = $1

-- recent --
SELECT *, lines::text AS lines_text FROM invoice
WHERE ($2::bigint IS NULL OR no < $2) AND ($3::text IS NULL OR payer = $3) ORDER BY no DESC LIMIT $1
