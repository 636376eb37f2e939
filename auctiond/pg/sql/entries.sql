-- moves --
SELECT * FROM ledger_moves($1, $2)

-- of_bounded --
SELECT * FROM ledger_moves_of($1, $2, $3, $4)

-- of_unbounded --
SELECT * FROM ledger_lines_of($1, $2, $3, $4)

-- open_holds --
-- A page of the holds that have not ended, after $1; see the migration holds_paged.
SELECT * FROM open_holds_after($1, $2, $3)

-- knows --
SELECT ledger_knows($1)
