-- What is still to be paid out is looked for from a mark on: all lines of a publisher that were
-- recorded before it are in items, or are moves of payouts. Else each look would read all lines ever.
-- And payouts in several currencies: each item has one, and its publisher's terms.

CREATE TABLE payout_mark (
    account  text COLLATE "C" PRIMARY KEY,
    upto     timestamptz NOT NULL
);
GRANT SELECT ON payout_mark TO auctiond_app, auctiond_reader;

-- How far behind the present a mark stays: a clock that is set back by less hides no line from it.
CREATE FUNCTION payout_margin() RETURNS interval LANGUAGE sql STABLE RETURN interval '7 days';

-- The lines of publishers that are in no item. A sale counts from its own time, and so does what
-- was brought back of it; what is no sale counts at once.
CREATE OR REPLACE VIEW payout_unpaid AS
    SELECT l.account, l.transfer_id, l.amount, l.at,
        coalesce(second.at, first.at, t.at) AS earned_at,
        coalesce(second.kind, first.kind, t.kind) IN ('capture', 'accrual') AS is_sale
    FROM ledger_account a LEFT JOIN payout_mark k ON k.account = a.name
    JOIN ledger_line l ON l.account = a.name AND l.at >= coalesce(k.upto, '-infinity')
    JOIN ledger_transfer t ON t.id = l.transfer_id
    LEFT JOIN ledger_reversal r ON r.transfer_id = t.id
    LEFT JOIN ledger_transfer first ON first.id = r.reverses
    LEFT JOIN ledger_reversal rr ON rr.transfer_id = first.id
    LEFT JOIN ledger_transfer second ON second.id = rr.reverses
    WHERE a.name ^@ 'publisher:'
        AND NOT EXISTS (SELECT FROM payout_line p
            WHERE p.account = l.account AND p.transfer_id = l.transfer_id)
        AND NOT EXISTS (SELECT FROM payout_move m WHERE m.transfer_id = l.transfer_id);

-- Let lines of a run be paid out again, all of them or those of one account: the mark goes back.
CREATE FUNCTION free_payout_lines(wanted uuid, whose text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE payout_mark k SET upto = least(k.upto, x.first) FROM (
        SELECT p.account, min(l.at) AS first
        FROM payout_line p JOIN ledger_line l USING (transfer_id, account)
        WHERE p.run_id = wanted AND p.account = coalesce(whose, p.account) GROUP BY p.account) x
        WHERE k.account = x.account;
    DELETE FROM payout_line p WHERE p.run_id = wanted AND p.account = coalesce(whose, p.account);
END $$;

-- What publishers have earned and not been paid: in all, and of that what is old enough.
CREATE OR REPLACE FUNCTION payouts_due(upto timestamptz, accounts text[], cutoffs timestamptz[])
RETURNS TABLE (account text, owed bigint, due bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT u.account, sum(u.amount)::bigint, coalesce(sum(u.amount) FILTER (
        WHERE u.earned_at < CASE WHEN u.is_sale THEN coalesce(own.cutoff, other.cutoff)
            ELSE upto END), 0)::bigint
    FROM payout_unpaid u
    LEFT JOIN unnest(accounts, cutoffs) AS own (account, cutoff)
        ON own.account = split_part(u.account, '@', 1)
    CROSS JOIN (SELECT o.cutoff FROM unnest(accounts, cutoffs) AS o (account, cutoff)
        WHERE o.account = '') other
    GROUP BY u.account ORDER BY u.account
$$;

DROP FUNCTION make_payout_run;
-- Make a run: an item for each publisher that has earned enough. `accounts` have terms of their
-- own, in whatever currency: sales older than `cutoffs`, and at least `leasts`; others those of "".
-- Null: nothing is due.
CREATE OR REPLACE FUNCTION make_payout_run(
    new_id uuid, upto timestamptz, accounts text[], cutoffs timestamptz[], leasts bigint[],
    by text, at timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    made bigint;
BEGIN
    LOCK TABLE payout_run IN SHARE ROW EXCLUSIVE MODE;  -- One run is made at a time.
    SELECT no INTO made FROM payout_run WHERE id = new_id;
    IF FOUND THEN
        RETURN made;
    END IF;
    WITH terms AS (
        SELECT * FROM unnest(accounts, cutoffs, leasts) AS u (account, cutoff, least)
    ), lines AS (
        SELECT u.account, u.transfer_id, u.amount, u.earned_at,
            sum(u.amount) OVER (PARTITION BY u.account) AS total,
            coalesce(own.least, other.least) AS least
        FROM payout_unpaid u LEFT JOIN terms own ON own.account = split_part(u.account, '@', 1)
        CROSS JOIN (SELECT * FROM terms WHERE account = '') other
        WHERE u.earned_at < CASE WHEN u.is_sale THEN coalesce(own.cutoff, other.cutoff)
            ELSE upto END
    ), due AS MATERIALIZED (
        SELECT * FROM lines WHERE total > 0 AND total >= least
    ), run AS (
        INSERT INTO payout_run (id, until, made_by, made_at)
            SELECT new_id, upto, by, make_payout_run.at WHERE EXISTS (SELECT FROM due)
            RETURNING no
    ), items AS (
        INSERT INTO payout_item (run_id, account, amount, lines, since, upto)
            SELECT new_id, d.account, sum(d.amount), count(*), min(d.earned_at), max(d.earned_at)
            FROM due d GROUP BY d.account
    ), kept AS (
        INSERT INTO payout_line SELECT d.account, d.transfer_id, new_id, d.amount FROM due d
    )
    SELECT r.no INTO made FROM run r;
    PERFORM tell_notice('payout.made', 'operator', new_id || ':' || i.currency, jsonb_build_object(
            'payout', made::text, 'amount', money_text(i.amount), 'currency', i.currency,
            'publishers', i.publishers))
        FROM (SELECT account_currency(account) AS currency, sum(amount)::bigint AS amount,
            count(*) AS publishers FROM payout_item WHERE run_id = new_id GROUP BY 1) i;
    INSERT INTO payout_mark AS k
        SELECT a.name, least(u.first, clock_timestamp() - payout_margin())
        FROM ledger_account a LEFT JOIN (
            SELECT account, min(payout_unpaid.at) AS first FROM payout_unpaid GROUP BY account) u
            ON u.account = a.name
        WHERE a.name ^@ 'publisher:'
        ON CONFLICT (account) DO UPDATE SET upto = greatest(k.upto, excluded.upto);
    RETURN made;
END $$;

-- Approve a run, or cancel it: then its lines are to be paid out again. Returns its state before.
CREATE OR REPLACE FUNCTION decide_payout_run(wanted uuid, decision text, by text, at timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    was text;
BEGIN
    LOCK TABLE payout_run IN SHARE ROW EXCLUSIVE MODE;  -- No run is made meanwhile.
    SELECT state INTO was FROM payout_run WHERE id = wanted FOR UPDATE;
    IF was IS NULL OR was = 'cancelled' OR (decision = 'approved' AND was <> 'made') THEN
        RETURN was;
    END IF;
    IF decision = 'cancelled' THEN
        IF EXISTS (SELECT FROM payout_item i WHERE i.run_id = wanted AND i.state = 'paid') THEN
            RETURN 'paid';
        END IF;
        PERFORM free_payout_lines(wanted, NULL);
        UPDATE payout_item i SET state = 'cancelled' WHERE i.run_id = wanted AND i.state = 'open';
    END IF;
    UPDATE payout_run SET state = decision, decided_by = by, decided_at = decide_payout_run.at
        WHERE id = wanted;
    RETURN was;
END $$;

DROP FUNCTION pay_payout_item;
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
        jsonb_build_object('payout', run.no::text, 'amount', money_text(item.amount),
            'currency', account_currency(whose), 'from', to_char(item.since AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
            'until', to_char(item.upto AT TIME ZONE 'UTC', 'YYYY-MM-DD')));
    RETURN item.state;
END $$;

-- Note that a payment came back: its lines are to be paid out again. Returns its state before.
CREATE OR REPLACE FUNCTION fail_payout_item(
    wanted uuid, whose text, by text, at timestamptz, move_id uuid, move text
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    was text;
BEGIN
    LOCK TABLE payout_run IN SHARE ROW EXCLUSIVE MODE;  -- No run is made meanwhile.
    SELECT state INTO was FROM payout_item i
        WHERE i.run_id = wanted AND i.account = whose FOR UPDATE;
    IF was IS DISTINCT FROM 'paid' THEN
        RETURN was;
    END IF;
    PERFORM ledger_must(move);
    INSERT INTO payout_move VALUES (move_id, wanted, whose);
    PERFORM free_payout_lines(wanted, whose);
    UPDATE payout_item i SET state = 'failed', by = fail_payout_item.by, at = fail_payout_item.at
        WHERE i.run_id = wanted AND i.account = whose;
    RETURN was;
END $$;

GRANT EXECUTE ON FUNCTION make_payout_run, pay_payout_item TO auctiond_app;

-- Notices of one party are read newest first, too.
CREATE INDEX ON notice (party, no);

-- The currency of an account is read by queries, too.
GRANT EXECUTE ON FUNCTION account_currency TO auctiond_app, auctiond_reader;
