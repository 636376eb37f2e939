-- moves --
SELECT * FROM ledger_moves($1, $2)

-- of_bounded --
SELECT * FROM ledger_moves_of($1, $2, $3, $4)

-- of_unbounded --
SELECT * FROM ledger_lines_of($1, $2, $3, $4)
