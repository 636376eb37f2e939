-- The ledger: moves of money and of cap units, added and never changed.
--
-- A transfer is one move (ledger/moves.py) with its canonical body. Bounded accounts (wallets,
-- caps, slots) get an entry of it: running balance, dense seq, hash chain. Accounts without
-- bounds (publishers, margin, world, used) get a line, summed when asked. ledger_apply is the
-- only way in; what it refuses, it answers with a code, and writes nothing of it.

-- Twin of ledger/accounts.py unit_of: what an account counts, told by its name; NULL: no account.
CREATE FUNCTION ledger_unit(account text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN account COLLATE "C" !~ '^[!-~]{1,200}$' THEN NULL
    WHEN account IN ('margin', 'world') THEN 'usd'
    WHEN account IN ('used:calls') THEN 'calls'
    WHEN account IN ('used:money') THEN 'cap_usd'
    WHEN account COLLATE "C" ~ '^cap:.+:calls/[^:]+(:[^:]*)?$' THEN 'calls'
    WHEN account COLLATE "C" ~ '^cap:.+:money/[^:]+(:[^:]*)?$' THEN 'cap_usd'
    WHEN account COLLATE "C" ~ '^(wallet|publisher):.' THEN 'usd'
    WHEN account COLLATE "C" ~ '^slot:.' THEN 'calls'
END;

CREATE FUNCTION ledger_bounded(account text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN account COLLATE "C" ~ '^(wallet|cap|slot):';

-- One row an account: what is locked before its balance is read.
CREATE TABLE ledger_account (
    name text COLLATE "C" PRIMARY KEY,
    unit text COLLATE "C" NOT NULL CHECK (unit = ledger_unit(name)),
    bounded boolean NOT NULL CHECK (bounded = ledger_bounded(name)),
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The months that are laid out. An id with a time outside of them is refused.
CREATE TABLE ledger_month (month date PRIMARY KEY CHECK (month = date_trunc('month', month)));

CREATE TABLE ledger_transfer (
    id uuid PRIMARY KEY,
    kind text COLLATE "C" NOT NULL
        CHECK (kind IN ('topup', 'hold', 'capture', 'release', 'expire')),
    hold_id uuid CHECK ((hold_id IS NULL) = (kind IN ('topup', 'hold'))),
    body text NOT NULL,
    body_hash bytea NOT NULL,
    at timestamptz NOT NULL
) PARTITION BY RANGE (id);

-- By the month of recording, so that the newest entry is found in the newest partition: a hold
-- of December may be captured in January.
CREATE TABLE ledger_entry (
    account text COLLATE "C" NOT NULL,
    month date NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    transfer_id uuid NOT NULL,
    d_posted bigint NOT NULL,
    d_held bigint NOT NULL,
    posted bigint NOT NULL,
    held bigint NOT NULL CHECK (held >= 0),
    at timestamptz NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (account, month, seq)
) PARTITION BY RANGE (month);
CREATE INDEX ledger_entry_transfer ON ledger_entry (transfer_id);
-- For the seal, which asks for the newest; a BRIN costs a write next to nothing.
CREATE INDEX ledger_entry_at ON ledger_entry USING brin (at) WITH (autosummarize = on);

CREATE TABLE ledger_line (
    transfer_id uuid NOT NULL,
    account text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    at timestamptz NOT NULL,
    PRIMARY KEY (transfer_id, account)
) PARTITION BY RANGE (transfer_id);
CREATE INDEX ledger_line_account ON ledger_line (account, at);

-- A hold ends once: its id is the key.
CREATE TABLE hold_resolution (
    hold_id uuid PRIMARY KEY,
    transfer_id uuid NOT NULL
) PARTITION BY RANGE (hold_id);

-- What came from outside counts once, whatever id and month it comes again with.
CREATE TABLE ledger_ref (
    ref text COLLATE "C" PRIMARY KEY,
    transfer_id uuid NOT NULL UNIQUE
);

CALL make_append_only('ledger_account');
CALL make_append_only('ledger_month');
CALL make_append_only('ledger_transfer');
CALL make_append_only('ledger_entry');
CALL make_append_only('ledger_line');
CALL make_append_only('hold_resolution');
CALL make_append_only('ledger_ref');
GRANT SELECT ON ledger_account, ledger_month, ledger_transfer, ledger_entry, ledger_line,
    hold_resolution, ledger_ref TO auctiond_app, auctiond_reader;

-- The lowest UUIDv7 of a moment: its milliseconds are the first 48 bits.
CREATE FUNCTION ledger_id_at(at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT
RETURN (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0')
    || repeat('0', 20))::uuid;
GRANT EXECUTE ON FUNCTION ledger_id_at, ledger_unit, ledger_bounded
    TO auctiond_app, auctiond_reader;

-- Add the partition of a month. Attached, not created in place: that lets readers and writers
-- go on. Row triggers come with the attaching; those against TRUNCATE are not inherited.
CREATE FUNCTION ledger_attach(parent text, made date, lowest text, highest text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    part text := parent || to_char(made, '_YYYYMM');
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I '
        'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only_whole', part);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        parent, part, lowest, highest);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', part);
END $$;

-- Lay out the months from the last one laid out (at first: the month before this, for what is
-- under way at its end) to `ahead` after this one. Returns how many it made.
CREATE FUNCTION ledger_make_months(ahead int DEFAULT 3) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    this_month timestamptz := date_trunc('month', clock_timestamp());
    made timestamptz;
    later timestamptz;
    parent text;
    count int := 0;
BEGIN
    LOCK TABLE ledger_month IN SHARE ROW EXCLUSIVE MODE;
    SELECT coalesce(max(month) + interval '1 month', this_month - interval '1 month')
        INTO made FROM ledger_month;
    WHILE made <= this_month + make_interval(months => least(ahead, 24)) LOOP
        later := made + interval '1 month';
        PERFORM ledger_attach('ledger_entry', made::date, made::date::text, later::date::text);
        FOREACH parent IN ARRAY ARRAY['ledger_transfer', 'ledger_line', 'hold_resolution'] LOOP
            PERFORM ledger_attach(parent, made::date, ledger_id_at(made)::text,
                ledger_id_at(later)::text);
        END LOOP;
        INSERT INTO ledger_month VALUES (made::date);
        made := later;
        count := count + 1;
    END LOOP;
    RETURN count;
END $$;
GRANT EXECUTE ON FUNCTION ledger_make_months TO auctiond_app;

SELECT ledger_make_months();
