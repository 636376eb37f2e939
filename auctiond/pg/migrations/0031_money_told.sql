-- What parties are told of money is written in the transaction of what happened: who dies in between
-- has done neither, and does both again.

-- Who is told of the money in an account: the buyer whose wallet it is; null: nobody.
CREATE FUNCTION account_party(account text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
RETURN CASE WHEN account ^@ 'wallet:' THEN 'buyer/' || split_part(substr(account, 8), '@', 1) END;

-- The currency of an account, as people write it.
CREATE FUNCTION account_currency(account text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
RETURN upper(coalesce(nullif(split_part(account, '@', 2), ''), 'usd'));

-- Record a top-up, and tell its payer. False: the same payment was there. Fails as ledger_must.
CREATE FUNCTION pay_in(move text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    doc jsonb := move;
    payer text := doc #>> '{lines,0,0}';
BEGIN
    IF NOT ledger_must(move) THEN
        RETURN false;
    END IF;
    IF account_party(payer) IS NOT NULL THEN
        PERFORM tell_notice('wallet.topped_up', account_party(payer), doc ->> 'id',
            jsonb_build_object('amount', money_text((doc #>> '{lines,0,1}')::bigint),
                'currency', account_currency(payer), 'balance', money_text(wallet_free(payer))));
    END IF;
    RETURN true;
END $$;

-- Move an intent to its end, with the notices of it ([kind, party, event, data] each), and with what
-- becomes of the rule that wanted it, if one did. True: it moved; else nothing of it is done.
CREATE FUNCTION end_intent(
    wanted uuid, end_state text, why text, new_ref text, at_ms bigint, notices jsonb,
    rule_of text, paid boolean, rule_until_ms bigint, pause text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT move_intent(wanted, end_state, why, new_ref, '', 0, at_ms) THEN
        RETURN false;
    END IF;
    PERFORM tell_notice(n ->> 0, n ->> 1, n ->> 2, n -> 3) FROM jsonb_array_elements(notices) n;
    IF rule_of IS NOT NULL THEN
        PERFORM note_recharge(rule_of, paid, rule_until_ms, pause, at_ms);
    END IF;
    RETURN true;
END $$;

GRANT EXECUTE ON FUNCTION pay_in, end_intent TO auctiond_app;

-- An invoice or a credit note is told with its number, by whoever issues it.
CREATE FUNCTION tell_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF account_party(NEW.payer) IS NOT NULL THEN
        PERFORM tell_notice('invoice.issued', account_party(NEW.payer), NEW.number,
            jsonb_build_object('number', NEW.number, 'amount', money_text(NEW.total),
                'currency', upper(NEW.currency)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_invoice AFTER INSERT ON invoice
    FOR EACH ROW EXECUTE FUNCTION tell_invoice();

-- The first time that a dispute is kept, the operator is told.
CREATE FUNCTION tell_dispute() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM tell_notice('chargeback.opened', 'operator', NEW.id, jsonb_build_object(
        'buyer', coalesce(substr(account_party(NEW.payer), 7), ''),
        'amount', money_text(coalesce(nullif(NEW.withdrawn, 0),
            (SELECT m.amount FROM money_intent m WHERE m.id = NEW.intent_id))),
        'currency', account_currency(NEW.payer)));
    RETURN NULL;
END $$;
CREATE TRIGGER tell_dispute AFTER INSERT ON processor_dispute
    FOR EACH ROW EXECUTE FUNCTION tell_dispute();

-- Books that differ are told with the run that found it.
CREATE FUNCTION tell_reconciliation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF jsonb_array_length(NEW.differences) > 0 THEN
        PERFORM tell_notice('reconcile.differs', 'operator', 'reconciliation:' || NEW.no,
            jsonb_build_object('day', NEW.day, 'differences', jsonb_array_length(NEW.differences)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_reconciliation AFTER INSERT ON reconciliation
    FOR EACH ROW EXECUTE FUNCTION tell_reconciliation();
