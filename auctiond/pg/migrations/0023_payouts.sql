-- Payout runs: what publishers have earned, line by line of the ledger, set aside to be paid.
-- A line is in one item at most; what is in none is still to be paid out.
CREATE TABLE payout_run (
    id           uuid PRIMARY KEY,
    no           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    until        timestamptz NOT NULL,   -- Sales up to then, less what each publisher's are held.
    state        text NOT NULL DEFAULT 'made' CHECK (state IN ('made', 'approved', 'cancelled')),
    made_by      text NOT NULL,
    made_at      timestamptz NOT NULL,
    decided_by   text,
    decided_at   timestamptz
);

CREATE TABLE payout_item (
    run_id    uuid NOT NULL REFERENCES payout_run,
    account   text NOT NULL,
    amount    bigint NOT NULL CHECK (amount > 0),
    lines     int NOT NULL CHECK (lines > 0),
    since     timestamptz NOT NULL,     -- The first of its lines, and the last.
    upto      timestamptz NOT NULL,
    state     text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'paid', 'failed', 'cancelled')),
    ref       text NOT NULL DEFAULT '',  -- The bank's, of the payment.
    by        text NOT NULL DEFAULT '',
    at        timestamptz,
    PRIMARY KEY (run_id, account)
);

CREATE TABLE payout_line (
    account      text COLLATE "C" NOT NULL,
    transfer_id  uuid NOT NULL,
    run_id       uuid NOT NULL,
    amount       bigint NOT NULL,
    PRIMARY KEY (account, transfer_id),
    FOREIGN KEY (run_id, account) REFERENCES payout_item
);
CREATE INDEX ON payout_line (run_id, account);

-- The ledger's own moves of payouts, and of those that came back: they are no earnings.
CREATE TABLE payout_move (transfer_id uuid PRIMARY KEY, run_id uuid NOT NULL, account text NOT NULL);
CALL make_append_only('payout_move');
GRANT SELECT ON payout_run, payout_item, payout_line, payout_move
    TO auctiond_app, auctiond_reader;

-- The lines of publishers that are in no item. A sale counts from its own time, and so does what
-- was brought back of it; what is no sale counts at once.
CREATE VIEW payout_unpaid AS
    SELECT l.account, l.transfer_id, l.amount, l.at,
        coalesce(second.at, first.at, t.at) AS earned_at,
        coalesce(second.kind, first.kind, t.kind) IN ('capture', 'accrual') AS is_sale
    FROM ledger_line l
    JOIN ledger_transfer t ON t.id = l.transfer_id
    LEFT JOIN ledger_reversal r ON r.transfer_id = t.id
    LEFT JOIN ledger_transfer first ON first.id = r.reverses
    LEFT JOIN ledger_reversal rr ON rr.transfer_id = first.id
    LEFT JOIN ledger_transfer second ON second.id = rr.reverses
    WHERE l.account ^@ 'publisher:'
        AND NOT EXISTS (SELECT FROM payout_line p
            WHERE p.account = l.account AND p.transfer_id = l.transfer_id)
        AND NOT EXISTS (SELECT FROM payout_move m WHERE m.transfer_id = l.transfer_id);
GRANT SELECT ON payout_unpaid TO auctiond_reader;

-- What publishers have earned and not been paid: in all, and of that what is old enough.
CREATE FUNCTION payouts_due(upto timestamptz, accounts text[], cutoffs timestamptz[])
RETURNS TABLE (account text, owed bigint, due bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT u.account, sum(u.amount)::bigint, coalesce(sum(u.amount) FILTER (
        WHERE u.earned_at < CASE WHEN u.is_sale THEN coalesce(own.cutoff, other.cutoff)
            ELSE upto END), 0)::bigint
    FROM payout_unpaid u
    LEFT JOIN unnest(accounts, cutoffs) AS own (account, cutoff) ON own.account = u.account
    CROSS JOIN (SELECT o.cutoff FROM unnest(accounts, cutoffs) AS o (account, cutoff)
        WHERE o.account = '') other
    GROUP BY u.account ORDER BY u.account
$$;

-- Make a run: an item for each publisher that has earned enough. `accounts` have terms of their
-- own: sales older than `cutoffs`, and at least `leasts`; others those of "". Null: nothing is due.
CREATE FUNCTION make_payout_run(
    new_id uuid, upto timestamptz, accounts text[], cutoffs timestamptz[], leasts bigint[],
    by text, at timestamptz, currency text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    made bigint;
    whole bigint;
    publishers bigint;
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
        FROM payout_unpaid u LEFT JOIN terms own ON own.account = u.account
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
    SELECT r.no, d.amount, d.publishers INTO made, whole, publishers FROM run r,
        (SELECT sum(amount)::bigint AS amount, count(DISTINCT account) AS publishers FROM due) d;
    IF made IS NOT NULL THEN
        PERFORM tell_notice('payout.made', 'operator', new_id::text, jsonb_build_object(
            'payout', made::text, 'amount', money_text(whole), 'currency', currency,
            'publishers', publishers));
    END IF;
    RETURN made;
END $$;

-- Approve a run, or cancel it: then its lines are to be paid out again. Returns its state before.
CREATE FUNCTION decide_payout_run(wanted uuid, decision text, by text, at timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    was text;
BEGIN
    SELECT state INTO was FROM payout_run WHERE id = wanted FOR UPDATE;
    IF was IS NULL OR was = 'cancelled' OR (decision = 'approved' AND was <> 'made') THEN
        RETURN was;
    END IF;
    IF decision = 'cancelled' THEN
        IF EXISTS (SELECT FROM payout_item i WHERE i.run_id = wanted AND i.state = 'paid') THEN
            RETURN 'paid';
        END IF;
        DELETE FROM payout_line l WHERE l.run_id = wanted;
        UPDATE payout_item i SET state = 'cancelled' WHERE i.run_id = wanted AND i.state = 'open';
    END IF;
    UPDATE payout_run SET state = decision, decided_by = by, decided_at = decide_payout_run.at
        WHERE id = wanted;
    RETURN was;
END $$;

-- Note that an item was paid, with the ledger's move, or neither. Returns its state before, or
-- "not_approved".
CREATE FUNCTION pay_payout_item(
    wanted uuid, whose text, bank_ref text, by text, at timestamptz, move_id uuid, move text,
    currency text
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
            'currency', currency, 'from', to_char(item.since AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
            'until', to_char(item.upto AT TIME ZONE 'UTC', 'YYYY-MM-DD')));
    RETURN item.state;
END $$;

-- Note that a payment came back: its lines are to be paid out again. Returns its state before.
CREATE FUNCTION fail_payout_item(
    wanted uuid, whose text, by text, at timestamptz, move_id uuid, move text
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    was text;
BEGIN
    SELECT state INTO was FROM payout_item i
        WHERE i.run_id = wanted AND i.account = whose FOR UPDATE;
    IF was IS DISTINCT FROM 'paid' THEN
        RETURN was;
    END IF;
    PERFORM ledger_must(move);
    INSERT INTO payout_move VALUES (move_id, wanted, whose);
    DELETE FROM payout_line l WHERE l.run_id = wanted AND l.account = whose;
    UPDATE payout_item i SET state = 'failed', by = fail_payout_item.by, at = fail_payout_item.at
        WHERE i.run_id = wanted AND i.account = whose;
    RETURN was;
END $$;

GRANT EXECUTE ON FUNCTION payouts_due, make_payout_run, decide_payout_run, pay_payout_item, fail_payout_item
    TO auctiond_app;
