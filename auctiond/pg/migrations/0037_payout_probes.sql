-- The lines of publishers that are in no item, as before, but each looked up by its keys. From the
-- mark on they are few; a plan that hashes whole tables reads all that was ever paid.
CREATE OR REPLACE VIEW payout_unpaid AS
    SELECT l.account, l.transfer_id, l.amount, l.at,
        coalesce(o.at, t.at) AS earned_at, coalesce(o.kind, t.kind) IN ('capture', 'accrual') AS is_sale
    FROM ledger_account a LEFT JOIN payout_mark k ON k.account = a.name
    CROSS JOIN LATERAL (
        SELECT x.* FROM ledger_line x WHERE x.account = a.name
            AND x.at >= coalesce(k.upto, '-infinity') OFFSET 0) l
    CROSS JOIN LATERAL (
        SELECT x.at, x.kind FROM ledger_transfer x WHERE x.id = l.transfer_id OFFSET 0) t
    LEFT JOIN LATERAL (  -- Of what took something back: the sale that it goes back to.
        SELECT coalesce(second.at, first.at) AS at, coalesce(second.kind, first.kind) AS kind
        FROM ledger_reversal r JOIN ledger_transfer first ON first.id = r.reverses
        LEFT JOIN ledger_reversal rr ON rr.transfer_id = first.id
        LEFT JOIN ledger_transfer second ON second.id = rr.reverses
        WHERE r.transfer_id = l.transfer_id OFFSET 0) o ON true
    WHERE a.name ^@ 'publisher:'
        AND (SELECT p.run_id FROM payout_line p
            WHERE p.account = l.account AND p.transfer_id = l.transfer_id) IS NULL
        AND (SELECT m.run_id FROM payout_move m WHERE m.transfer_id = l.transfer_id) IS NULL;
