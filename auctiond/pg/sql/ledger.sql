-- apply --
-- Apply a batch of moves; see the migrations ledger_apply and bookings.
SELECT * FROM ledger_apply($1)

-- must --
-- Record one move or fail, for transactions with more in them.
SELECT ledger_must($1)

-- pay_in --
-- Record a top-up and tell its payer, or fail as a whole.
SELECT pay_in($1)

-- make_months --
-- Lay out the months up to $1 ahead; returns how many were missing.
SELECT ledger_make_months($1)

-- balances --
SELECT * FROM ledger_balances($1)

-- sums --
SELECT * FROM ledger_sums()

-- open_holds --
SELECT * FROM ledger_open_holds($1, $2)

-- open_hold_count --
SELECT ledger_count_open_holds($1)

-- statement --
SELECT * FROM ledger_statement($1, $2, $3, $4)

-- opening --
SELECT ledger_opening($1, $2)

-- totals --
SELECT * FROM ledger_totals()

-- heads --
SELECT * FROM ledger_heads($1)

-- transfer_counts --
SELECT * FROM ledger_transfer_counts($1)

-- now --
-- The database's time.
SELECT clock_timestamp()

-- blocks --
SELECT * FROM ledger_blocks($1, $2)

-- first_move --
SELECT ledger_first_move($1, $2)

-- exports --
SELECT * FROM ledger_exports()

-- kept_from --
SELECT ledger_kept_from()

-- note_seal --
-- Note line $1 of the seal file, with its hash, and until when all moves are signed.
SELECT ledger_note_seal($1, $2, $3)

-- noted_seal --
SELECT * FROM ledger_noted_seal($1)
