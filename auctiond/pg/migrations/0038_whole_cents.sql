-- A bank pays whole cents: so many a publisher is told of. The fraction that is left is rounded off.

-- Note that an item was paid, with the ledger's move, or neither. Returns its state before, or
-- "not_approved".
CREATE OR REPLACE FUNCTION pay_payout_item(
    wanted uuid, whose text, bank_ref text, by text, at timestamptz, move_id uuid, move text
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    run payout_run;
    item payout_item;
BEGIN
    SELECT * INTO run FROM payout_run WHERE id = wanted FOR UPDATE;
    SELECT * INTO item FROM payout_item i WHERE i.run_id = wanted AND i.account = whose FOR UPDATE;
    IF item.state IS DISTINCT FROM 'open' THEN
        RETURN item.state;
    ELSIF run.state <> 'approved' THEN
        RETURN 'not_approved';
    END IF;
    PERFORM ledger_must(move);
    INSERT INTO payout_move VALUES (move_id, wanted, whose);
    UPDATE payout_item i SET state = 'paid', ref = bank_ref, by = pay_payout_item.by,
        at = pay_payout_item.at WHERE i.run_id = wanted AND i.account = whose;
    PERFORM tell_notice('payout.paid',
        'publisher/' || split_part(substr(whose, 11), '@', 1), run.no || ':' || whose,
        jsonb_build_object('payout', run.no::text, 'amount', money_text(item.amount - item.amount % 10000),
            'currency', account_currency(whose), 'from', to_char(item.since AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
            'until', to_char(item.upto AT TIME ZONE 'UTC', 'YYYY-MM-DD')));
    RETURN item.state;
END $$;
