-- Sales that buyers bring back, what was decided, and notes by people about money.
CREATE TABLE sale_return (
    id          uuid PRIMARY KEY,
    no          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    call_id     uuid NOT NULL,
    leg         int NOT NULL,
    capture_id  uuid NOT NULL,
    buyer       text NOT NULL,
    target      text NOT NULL,
    publisher   text NOT NULL,
    reason      text NOT NULL,      -- Of the list of the buyer's terms.
    charged     bigint NOT NULL CHECK (charged > 0),
    payout      bigint NOT NULL CHECK (payout >= 0),
    currency    text NOT NULL,
    asked       bigint NOT NULL CHECK (asked > 0 AND asked <= charged),
    state       text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'approved', 'partial', 'rejected', 'undone')),
    back        bigint NOT NULL DEFAULT 0 CHECK (back BETWEEN 0 AND charged),
    from_publisher bigint NOT NULL DEFAULT 0 CHECK (from_publisher BETWEEN 0 AND payout),
    at          timestamptz NOT NULL
);
-- A sale is brought back once: while it is asked for, or was made, there is no second.
CREATE UNIQUE INDEX sale_return_once ON sale_return (capture_id)
    WHERE state IN ('pending', 'approved', 'partial');
CREATE INDEX ON sale_return (call_id);
CREATE INDEX ON sale_return (target, at) WHERE state IN ('approved', 'partial');

-- Who did what to a return, for good. `move_id` is the ledger's.
CREATE TABLE return_act (
    return_id  uuid NOT NULL REFERENCES sale_return,
    no         int NOT NULL CHECK (no > 0),
    act        text NOT NULL
        CHECK (act IN ('requested', 'approved', 'partial', 'rejected', 'undone')),
    amount     bigint NOT NULL,
    reason     text NOT NULL,
    by         text NOT NULL,       -- The id of a key, or "rule:N".
    move_id    uuid,
    at         timestamptz NOT NULL,
    PRIMARY KEY (return_id, no)
);
CALL make_append_only('return_act');

-- Notes and evidence: people's words, which may name the caller. Sealed; with the caller's own key
-- where there is one, so that they go when the caller is erased.
CREATE TABLE money_note (
    id         uuid PRIMARY KEY,
    about      uuid NOT NULL,       -- A return, a move of the ledger, or a call.
    person_id  uuid,
    sealed     bytea NOT NULL,
    by         text NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX ON money_note (about);
CREATE INDEX ON money_note (person_id);
GRANT SELECT ON sale_return, return_act, money_note TO auctiond_app, auctiond_reader;

CREATE FUNCTION forget_money_notes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM money_note n WHERE n.person_id = OLD.person_id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_money_notes AFTER DELETE ON person_key
    FOR EACH ROW EXECUTE FUNCTION forget_money_notes();

-- Keep a note; not about somebody who was erased.
CREATE FUNCTION add_money_note(
    new_id uuid, about uuid, person uuid, sealed bytea, by text, at timestamptz
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO money_note SELECT new_id, about, person, sealed, by, at
        WHERE person IS NULL OR EXISTS (SELECT FROM person_key k WHERE k.person_id = person)
        ON CONFLICT DO NOTHING
$$;

-- An amount of micros as people write it: 12500000 is 12.50. Twin of market/money.py dollars.
CREATE FUNCTION money_text(amount bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT
RETURN CASE WHEN amount < 0 THEN '-' ELSE '' END || abs(amount) / 1000000 || '.'
    || substr(lpad((abs(amount) % 1000000)::text, 6, '0'), 1, 2)
    || rtrim(substr(lpad((abs(amount) % 1000000)::text, 6, '0'), 3), '0');

-- Ask for a return: new, same (this very one was asked for), or open (there is another).
CREATE FUNCTION ask_return(
    new_id uuid, call uuid, leg int, capture uuid, buyer text, target text, publisher text,
    reason text, charged bigint, payout bigint, currency text, asked bigint, by text,
    at timestamptz, by_hand boolean
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM sale_return r WHERE r.id = new_id) THEN
        RETURN 'same';
    END IF;
    INSERT INTO sale_return (id, call_id, leg, capture_id, buyer, target, publisher, reason,
            charged, payout, currency, asked, at)
        VALUES (new_id, call, leg, capture, buyer, target, publisher, reason, charged, payout,
            currency, asked, at)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'open';
    END IF;
    INSERT INTO return_act VALUES (new_id, 1, 'requested', asked, reason, by, NULL, at);
    IF by_hand THEN
        PERFORM tell_notice('return.requested', 'operator', new_id::text, jsonb_build_object(
            'return', new_id, 'buyer', buyer, 'call', call, 'reason', reason,
            'amount', money_text(asked), 'currency', currency));
    END IF;
    RETURN 'new';
END $$;

-- Decide a return that waits, with the move that gives the money back, or neither. Returns its
-- state before: only if that was "pending" was it decided by this.
CREATE FUNCTION decide_return(
    wanted uuid, decision text, amount bigint, from_them bigint, why text, by text,
    at timestamptz, move_id uuid, move text
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    r sale_return;
BEGIN
    SELECT * INTO r FROM sale_return WHERE id = wanted FOR UPDATE;
    IF r.state IS DISTINCT FROM 'pending' THEN
        RETURN r.state;
    END IF;
    IF move IS NOT NULL THEN
        PERFORM ledger_must(move);
    END IF;
    UPDATE sale_return SET state = decision, back = amount, from_publisher = from_them
        WHERE id = wanted;
    INSERT INTO return_act VALUES (wanted, 2, decision, amount, why, by, move_id, at);
    PERFORM tell_notice('return.decided', 'buyer/' || r.buyer, wanted::text, jsonb_build_object(
        'return', wanted, 'call', r.call_id, 'amount', money_text(amount), 'currency', r.currency,
        'decision', CASE decision WHEN 'partial' THEN 'approved in part' ELSE decision END));
    IF from_them > 0 THEN
        PERFORM tell_notice('payout.adjusted', 'publisher/' || r.publisher, wanted::text,
            jsonb_build_object('call', r.call_id, 'amount', money_text(-from_them),
                'currency', r.currency, 'why', 'the buyer returned it: ' || r.reason));
    END IF;
    RETURN r.state;
END $$;

-- Take back a return that was made, with the move that does it, or neither; returns its state before.
CREATE FUNCTION undo_return(
    wanted uuid, why text, by text, at timestamptz, move_id uuid, move text
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    r sale_return;
BEGIN
    SELECT * INTO r FROM sale_return WHERE id = wanted FOR UPDATE;
    IF r.state IS NULL OR r.state NOT IN ('approved', 'partial') THEN
        RETURN r.state;
    END IF;
    PERFORM ledger_must(move);
    UPDATE sale_return SET state = 'undone' WHERE id = wanted;
    INSERT INTO return_act VALUES (wanted, 3, 'undone', r.back, why, by, move_id, at);
    PERFORM tell_notice('return.undone', 'buyer/' || r.buyer, wanted::text, jsonb_build_object(
        'return', wanted, 'call', r.call_id, 'amount', money_text(r.back),
        'currency', r.currency));
    IF r.from_publisher > 0 THEN
        PERFORM tell_notice('payout.adjusted', 'publisher/' || r.publisher, wanted || ':undone',
            jsonb_build_object('call', r.call_id, 'amount', money_text(r.from_publisher),
                'currency', r.currency, 'why', 'its return was taken back'));
    END IF;
    RETURN r.state;
END $$;

GRANT EXECUTE ON FUNCTION add_money_note, ask_return, decide_return, undo_return TO auctiond_app;
