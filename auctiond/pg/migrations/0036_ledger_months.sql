-- Seven years are kept. A month that is older, sealed and exported is put away: its partitions are
-- detached, and what the rest needs of it is carried over into partitions below all others: the
-- newest entry of each bounded account (balance, seq, hash), the sum of each other account, and
-- moves of that month's ids that were recorded later. So balances, chains and floors go on from
-- there, and no query has to know of it. A month is all that was recorded in it.

-- A month that was written into a file. From then on no move with an id of it is taken.
CREATE TABLE ledger_export (
    month         date NOT NULL CHECK (month = date_trunc('month', month)),
    sha256        bytea NOT NULL CHECK (length(sha256) = 32),   -- Of what is in the file.
    closing       bytea NOT NULL CHECK (length(closing) = 32),  -- See ledger_closing_hash.
    entries       bigint NOT NULL,
    moves         bigint NOT NULL,
    noted_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (month, sha256)
);

-- A month that is no longer in the tables, and the file that has it.
CREATE TABLE ledger_put_away (
    month         date PRIMARY KEY,
    sha256        bytea NOT NULL,   -- Of a ledger_export; its function sees to that.
    put_away_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CALL make_append_only('ledger_export');
CALL make_append_only('ledger_put_away');
GRANT SELECT ON ledger_export, ledger_put_away TO auctiond_reader, auctiond_auditor;

-- The first month that is in the tables.
CREATE FUNCTION ledger_kept_from() RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
RETURN coalesce((SELECT max(month) + interval '1 month' FROM ledger_put_away), '1970-01-01')::date;

-- The first month whose ids are taken.
CREATE FUNCTION ledger_open_from() RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
RETURN coalesce((SELECT max(month) + interval '1 month' FROM ledger_export), '1970-01-01')::date;

-- What accounts were at the beginning of a month: the newest entry of each that is bounded, the
-- sum of each other. No id is more than the months laid out ahead of its recording.
CREATE FUNCTION ledger_closing(border date) RETURNS TABLE (
    account text, seq bigint, posted bigint, held bigint, hash text, amount bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
    SELECT * FROM (
        SELECT DISTINCT ON (e.account) e.account, e.seq, e.posted, e.held, encode(e.hash, 'hex'),
            NULL::bigint
        FROM ledger_entry e WHERE e.month < border ORDER BY e.account, e.month DESC, e.seq DESC
    ) bounded
    UNION ALL
    SELECT l.account, NULL, NULL, NULL, NULL, sum(l.amount)::bigint
    FROM ledger_line l
    WHERE l.at < border AND l.transfer_id < ledger_id_at(border + interval '5 months')
    GROUP BY l.account HAVING sum(l.amount) <> 0
    ORDER BY 1
$$;

-- One hash over it; twin of ledger/month_file.py closing_hash.
CREATE FUNCTION ledger_closing_hash(border date) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
RETURN (SELECT sha256(convert_to(coalesce(string_agg(concat_ws('|', c.account, c.seq, c.posted,
    c.held, c.hash, c.amount), E'\n' ORDER BY c.account COLLATE "C"), ''), 'UTF8'))
    FROM ledger_closing(border) c);

-- Refuse, in words for a person. LG002: not now, or never.
CREATE FUNCTION ledger_refuse(why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'LG002';
END $$;

-- Why a month may not be exported or put away yet; NULL: it may.
CREATE FUNCTION ledger_why_kept(wanted date) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    KEEP_MONTHS CONSTANT int := 84;  -- Seven years, as tax law has it in most places.
    past date := wanted + interval '1 month';
    open bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_month WHERE month = wanted) OR wanted < ledger_kept_from() THEN
        RETURN 'it is not in the database';
    ELSIF EXISTS (SELECT FROM ledger_month WHERE month < wanted AND month >= ledger_kept_from()) THEN
        RETURN 'the months before it come first';
    ELSIF past > date_trunc('month', clock_timestamp()) - make_interval(months => KEEP_MONTHS) THEN
        RETURN 'it is not seven years old';
    ELSIF ledger_sealed_until() IS NULL OR ledger_sealed_until() < past THEN
        RETURN 'it is not sealed to its end';
    END IF;
    SELECT count(*) INTO open FROM ledger_transfer t
        WHERE t.kind = 'hold' AND t.id < ledger_id_at(past + interval '5 months')
            AND (t.id < ledger_id_at(past) OR t.at < past)
            AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id);
    IF open > 0 THEN
        RETURN format('%s of its holds %s open', open, CASE open WHEN 1 THEN 'is' ELSE 'are' END);
    END IF;
    RETURN NULL;
END $$;

-- How much was recorded in a month.
CREATE FUNCTION ledger_counts(wanted date, OUT entries bigint, OUT moves bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
    SELECT (SELECT count(*) FROM ledger_entry WHERE month = wanted),
        (SELECT count(*) FROM ledger_transfer
            WHERE at >= wanted AND at < wanted + interval '1 month')
$$;

-- Note that a month was written into a file that was read again and found right.
CREATE FUNCTION ledger_note_export(
    wanted date, file_sha256 bytea, closing bytea, file_entries bigint, file_moves bigint
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    why text := ledger_why_kept(wanted);
    here record;
BEGIN
    SELECT * INTO here FROM ledger_counts(wanted);
    IF why IS NOT NULL THEN
        PERFORM ledger_refuse(why);
    ELSIF (here.entries, here.moves) <> (file_entries, file_moves) THEN
        PERFORM ledger_refuse(format('it has %s entries and %s moves, the file has %s and %s',
            here.entries, here.moves, file_entries, file_moves));
    ELSIF closing <> ledger_closing_hash((wanted + interval '1 month')::date) THEN
        PERFORM ledger_refuse('the file ends with other balances');
    END IF;
    INSERT INTO ledger_export (month, sha256, closing, entries, moves)
        VALUES (wanted, file_sha256, closing, file_entries, file_moves) ON CONFLICT DO NOTHING;
END $$;

-- Make the partition below all others, with what is carried over out of `rows`.
CREATE FUNCTION ledger_carry(parent text, past date, rows text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    part text := parent || to_char(past, '"_carried"_YYYYMM');
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
    EXECUTE format('INSERT INTO %I ', part) || rows USING past, ledger_id_at(past);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I '
        'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only_whole', part);
END $$;

-- Take a month's partition off its table, and put what is carried over where it was.
CREATE FUNCTION ledger_detach(parent text, wanted date, past date, upto text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    old text := parent || to_char(wanted, '"_carried"_YYYYMM');
    part text := parent || to_char(wanted, '_YYYYMM');
    new text := parent || to_char(past, '"_carried"_YYYYMM');
BEGIN
    IF to_regclass(old) IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, old);
        EXECUTE format('DROP TABLE %I', old);  -- All that is still needed of it is in the new.
    END IF;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, part);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I '
        'FOR EACH ROW EXECUTE FUNCTION refuse_change()', part);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', part);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)',
        parent, new, upto);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', new);
END $$;

-- Put a month away. Its tables stay, detached, until ledger_drop_month; the file has all of it.
CREATE FUNCTION ledger_put_month_away(wanted date, file_sha256 bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC'
SET lock_timeout = '5s' AS $$
DECLARE
    started timestamptz := clock_timestamp();
    past date := wanted + interval '1 month';
    lowest uuid := ledger_id_at(past);
    why text := ledger_why_kept(wanted);
    known ledger_export;
    here record;
BEGIN
    SELECT * INTO known FROM ledger_export WHERE month = wanted AND sha256 = file_sha256;
    SELECT * INTO here FROM ledger_counts(wanted);
    IF why IS NOT NULL THEN
        PERFORM ledger_refuse(why);
    ELSIF known IS NULL THEN
        PERFORM ledger_refuse('it was not exported into this file');
    ELSIF (here.entries, here.moves) <> (known.entries, known.moves)
            OR known.closing <> ledger_closing_hash(past) THEN
        PERFORM ledger_refuse('it is not what was exported');
    END IF;
    -- Moves recorded later with ids of this time or before; those whose publisher is still to be
    -- paid; and the holds that they ended.
    PERFORM ledger_carry('ledger_transfer', past, $rows$
        WITH wanted AS (
            SELECT id, hold_id FROM ledger_transfer WHERE id < $2 AND at >= $1
            UNION SELECT t.id, t.hold_id FROM payout_unpaid u
                JOIN ledger_transfer t ON t.id = u.transfer_id WHERE u.transfer_id < $2
        ) SELECT * FROM ledger_transfer WHERE id < $2 AND id IN (
            SELECT id FROM wanted UNION SELECT hold_id FROM wanted
            UNION SELECT r.hold_id FROM hold_resolution r JOIN ledger_transfer t
                ON t.id = r.transfer_id AND t.at >= $1 WHERE r.hold_id < $2)
        $rows$);
    PERFORM ledger_carry('ledger_entry', past, $rows$
        SELECT DISTINCT ON (account) * FROM ledger_entry WHERE month < $1
        ORDER BY account, month DESC, seq DESC $rows$);
    -- The sum of what is put away is one line, of no move.
    PERFORM ledger_carry('ledger_line', past, $rows$
        WITH line AS (
            SELECT l.*, l.at >= $1 OR u.transfer_id IS NOT NULL AS stays FROM ledger_line l
            LEFT JOIN payout_unpaid u ON (u.account, u.transfer_id) = (l.account, l.transfer_id)
            WHERE l.transfer_id < $2
        ) SELECT transfer_id, account, amount, at FROM line WHERE stays
        UNION ALL SELECT '00000000-0000-0000-0000-000000000000'::uuid, account, sum(amount)::bigint, $1 - interval '1 us'
        FROM line WHERE NOT stays GROUP BY account HAVING sum(amount) <> 0
        $rows$);
    PERFORM ledger_carry('hold_resolution', past, format($rows$
        SELECT r.* FROM hold_resolution r WHERE r.hold_id < $2 AND EXISTS (
            SELECT FROM %I t WHERE t.id = r.hold_id)
        $rows$, 'ledger_transfer' || to_char(past, '"_carried"_YYYYMM')));

    LOCK TABLE ledger_transfer, ledger_entry, ledger_line, hold_resolution IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM ledger_transfer WHERE id < lowest AND at >= started - interval '1 minute')
    THEN
        PERFORM ledger_refuse('a move of that time was being recorded; try again');
    END IF;
    PERFORM ledger_detach('ledger_transfer', wanted, past, lowest::text),
        ledger_detach('ledger_entry', wanted, past, past::text),
        ledger_detach('ledger_line', wanted, past, lowest::text),
        ledger_detach('hold_resolution', wanted, past, lowest::text);
    INSERT INTO ledger_put_away (month, sha256) VALUES (wanted, file_sha256);
    IF ledger_closing_hash(past) <> known.closing THEN
        PERFORM ledger_refuse('what is carried over is not what the month ended with');
    END IF;
END $$;

-- Drop the tables of months that were put away over `after` ago (30 days at least): time to see
-- that the files can be read, and to have copies. Returns which.
CREATE FUNCTION ledger_drop_months(after interval) RETURNS SETOF date
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    gone date;
    parent text;
BEGIN
    FOR gone IN SELECT month FROM ledger_put_away
            WHERE put_away_at < clock_timestamp() - greatest(after, interval '30 days')
                AND to_regclass('ledger_entry_' || to_char(month, 'YYYYMM')) IS NOT NULL
            ORDER BY month LOOP
        FOREACH parent IN ARRAY
                ARRAY['ledger_transfer', 'ledger_entry', 'ledger_line', 'hold_resolution'] LOOP
            EXECUTE format('DROP TABLE IF EXISTS %I', parent || to_char(gone, '_YYYYMM'));
        END LOOP;
        RETURN NEXT gone;
    END LOOP;
END $$;

-- The first move recorded since a moment, up to another: where the next signed hours begin.
CREATE FUNCTION ledger_first_move(since timestamptz, until timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
RETURN (SELECT min(t.at) FROM ledger_transfer t WHERE t.at >= since AND t.at < until);

-- The files of months, for the seal.
CREATE FUNCTION ledger_exports() RETURNS TABLE (month date, sha256 text, closing text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT e.month, encode(e.sha256, 'hex'), encode(e.closing, 'hex')
    FROM ledger_export e ORDER BY e.noted_at, e.month
$$;

GRANT EXECUTE ON FUNCTION ledger_first_move, ledger_exports TO auctiond_app, auctiond_auditor;
GRANT EXECUTE ON FUNCTION ledger_kept_from, ledger_open_from, ledger_why_kept
    TO auctiond_app, auctiond_reader, auctiond_auditor, auctiond_retention;
GRANT EXECUTE ON FUNCTION ledger_closing, ledger_closing_hash, ledger_counts TO auctiond_auditor;
GRANT EXECUTE ON FUNCTION ledger_note_export, ledger_put_month_away, ledger_drop_months
    TO auctiond_retention;

-- An event outside that came in a month that was put away is still known, and its move is not.
-- Ids of months that were exported are as far as those of months that were never laid out. What is
-- in a file alone cannot be taken back.
DO $$
DECLARE
    text text;
    change text[];
BEGIN
    FOREACH change SLICE 1 IN ARRAY ARRAY[
        ['ledger_apply_run', 'SELECT ledger_told(pt.body::jsonb) AS told',
            'SELECT coalesce(ledger_told(pt.body::jsonb), ''null'') AS told'],
        ['ledger_apply_run', 'FROM ledger_ref lr JOIN ledger_transfer pt', 'FROM ledger_ref lr LEFT JOIN ledger_transfer pt'],
        ['ledger_apply_run', 'highest FROM ledger_month lm', 'highest FROM ledger_month lm WHERE lm.month >= (SELECT ledger_open_from())'],
        ['ledger_back', 't.id = undoes AND r.kind', 't.id = undoes AND t.at >= ledger_kept_from() AND r.kind']
    ] LOOP
        text := pg_get_functiondef(change[1]::regproc);
        ASSERT strpos(text, change[2]) > 0, change[1] || ' is another';
        EXECUTE replace(text, change[2], change[3]);
    END LOOP;
END $$;

-- Months that were put away have no transfers to count.
CREATE OR REPLACE FUNCTION ledger_transfer_counts(since timestamptz)
RETURNS TABLE (month text, transfers bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT to_char(m.month, 'YYYY-MM'), (
        SELECT count(*) FROM ledger_transfer t
        WHERE t.id >= ledger_id_at(m.month::timestamp AT TIME ZONE 'UTC')
            AND t.id < ledger_id_at((m.month + interval '1 month') AT TIME ZONE 'UTC'))
    FROM ledger_month m WHERE m.month > (since AT TIME ZONE 'UTC') - interval '2 months'
        AND m.month >= ledger_kept_from()
$$;
