-- moves --
-- The newest moves, those with a lower id than $1.
SELECT t.id, t.body, t.at, h.body AS hold_body
FROM (SELECT * FROM ledger_transfer WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2) t
LEFT JOIN ledger_transfer h ON h.id = t.hold_id
ORDER BY t.id DESC

-- of_bounded --
-- The newest moves of account $1, those before entry ($2, $3) of it, with its balance after each.
SELECT t.id, t.body, t.at, h.body AS hold_body, e.month, e.seq, e.posted, e.held
FROM (SELECT * FROM ledger_entry WHERE account = $1 AND (month, seq) < ($2::date, $3::bigint)
    ORDER BY month DESC, seq DESC LIMIT $4) e
JOIN ledger_transfer t ON t.id = e.transfer_id
LEFT JOIN ledger_transfer h ON h.id = t.hold_id
ORDER BY e.month DESC, e.seq DESC

-- of_unbounded --
-- The newest moves that gave to account $1 or took from it, those before ($2, $3).
SELECT t.id, t.body, t.at, h.body AS hold_body
FROM (SELECT * FROM ledger_line WHERE account = $1 AND (at, transfer_id) < ($2, $3)
    ORDER BY at DESC, transfer_id DESC LIMIT $4) l
JOIN ledger_transfer t ON t.id = l.transfer_id
LEFT JOIN ledger_transfer h ON h.id = t.hold_id
ORDER BY l.at DESC, l.transfer_id DESC

-- open_holds --
-- A page of the holds that have not ended, after $1; see the migration holds_paged.
SELECT * FROM open_holds_after($1, $2, $3)

-- knows --
SELECT ledger_knows($1)
