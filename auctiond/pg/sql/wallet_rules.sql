-- set --
SELECT set_wallet_rule($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- get --
SELECT * FROM wallet_rule WHERE payer = $1

-- all --
SELECT * FROM wallet_rule ORDER BY payer

-- due --
SELECT * FROM due_recharges($1, $2)

-- begin --
SELECT begin_recharge($1, $2, $3, $4, $5)

-- levels --
SELECT tell_wallet_levels($1, $2, $3)

-- is_booked --
SELECT ledger_has($1)
