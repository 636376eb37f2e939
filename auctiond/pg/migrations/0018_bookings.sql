-- Bookings: all moves of money that are no top-up, hold, capture or release. Twin of
-- ledger/kinds.py and ledger/checks.py. Accounts in several currencies, never mixed in a move.

-- Twin of ledger/accounts.py unit_of.
CREATE OR REPLACE FUNCTION ledger_unit(account text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN account COLLATE "C" !~ '^[!-~]{1,200}$' THEN NULL
    WHEN account COLLATE "C" ~ '^slot:[^@]+$' THEN 'calls'
    WHEN account COLLATE "C" ~ ('^((wallet|usage|publisher|carrier|revenue|cost|processor):[^@]+'
        '|margin|writeoff|rounding|world)(@(?!usd)[a-z]{3})?$')
        THEN coalesce(nullif(split_part(account, '@', 2), ''), 'usd')
    WHEN account COLLATE "C" ~ '^cap:.+:(calls|connects|billables)/[^:@]+(:[^:@]*)?$' THEN 'calls'
    WHEN account = 'used:calls' THEN 'calls'
    WHEN account COLLATE "C"
        ~ '^(cap:.+:money/[^:@]+(:[^:@]*)?|used:money)(@(?!usd)[a-z]{3})?$'
        THEN 'cap_' || coalesce(nullif(split_part(account, '@', 2), ''), 'usd')
END;

CREATE OR REPLACE FUNCTION ledger_bounded(account text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN account COLLATE "C" ~ '^(wallet|usage|cap|slot):';

-- Twin of ledger/accounts.py kind_of.
CREATE FUNCTION ledger_word(account text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN split_part(split_part(account, ':', 1), '@', 1);
GRANT EXECUTE ON FUNCTION ledger_word TO auctiond_app, auctiond_reader;

CREATE TABLE ledger_booking (
    kind text COLLATE "C" PRIMARY KEY,
    may_reverse boolean NOT NULL,
    must_reverse boolean NOT NULL,
    needs_ref boolean NOT NULL,
    needs_reason boolean NOT NULL,
    forced boolean NOT NULL  -- The money is gone: an account may fall under its floor.
);
INSERT INTO ledger_booking VALUES
    ('charge', false, false, false, false, false),
    ('accrual', false, false, false, false, false),
    ('payout', false, false, true, false, false),
    ('refund', true, false, true, false, false),
    ('reversal', true, true, false, false, false),
    ('reinstatement', true, true, false, false, false),
    ('chargeback', true, false, true, false, true),
    ('chargeback_won', true, true, true, false, false),
    ('clearing', false, false, true, false, false),
    ('adjustment', false, false, false, true, false);

-- Which kinds of accounts a booking may take from, and give to.
CREATE TABLE ledger_rule (
    kind text COLLATE "C" NOT NULL,
    taken boolean NOT NULL,
    word text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, taken, word)
);
WITH rule (kind, takes, gives) AS (VALUES
    ('charge',
        '{wallet,usage,rounding}',
        '{revenue,rounding}'),
    ('accrual',
        '{margin,revenue,cost,rounding}',
        '{publisher,carrier,processor,rounding}'),
    ('payout',
        '{publisher,carrier,rounding}',
        '{processor,world,rounding}'),
    ('refund',
        '{wallet,usage}',
        '{processor,world}'),
    ('reversal',
        '{wallet,usage,publisher,carrier,margin,revenue,cost,writeoff,rounding,processor,world,'
            'cap,used}',
        '{wallet,usage,publisher,carrier,margin,revenue,cost,writeoff,rounding,processor,world,'
            'cap,used}'),
    ('reinstatement',
        '{wallet,usage,publisher,carrier,margin,revenue,cost,writeoff,rounding,processor,world,'
            'cap,used}',
        '{wallet,usage,publisher,carrier,margin,revenue,cost,writeoff,rounding,processor,world,'
            'cap,used}'),
    ('chargeback',
        '{wallet,usage}',
        '{processor,world}'),
    ('chargeback_won',
        '{processor,world}',
        '{wallet,usage}'),
    ('clearing',
        '{processor,world,cost,rounding}',
        '{processor,world,cost,rounding}'),
    ('adjustment',
        '{wallet,usage,publisher,carrier,margin,revenue,cost,writeoff,rounding,processor,world,'
            'cap,used}',
        '{wallet,usage,publisher,carrier,margin,revenue,cost,writeoff,rounding,processor,world,'
            'cap,used}')
) INSERT INTO ledger_rule
    SELECT kind, true, unnest(takes::text[]) FROM rule
    UNION ALL SELECT kind, false, unnest(gives::text[]) FROM rule;

-- Which kinds of moves a booking may take back.
CREATE TABLE ledger_reversible (
    kind text COLLATE "C" NOT NULL,
    original text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, original)
);
INSERT INTO ledger_reversible SELECT kind, unnest(originals::text[]) FROM (VALUES
    ('refund', '{topup}'),
    ('reversal', '{topup,capture,charge,accrual,payout,refund,clearing,adjustment}'),
    ('reinstatement', '{reversal}'),
    ('chargeback', '{topup}'),
    ('chargeback_won', '{chargeback}')
) back (kind, originals);

-- What was taken back by what.
CREATE TABLE ledger_reversal (
    transfer_id uuid PRIMARY KEY,
    reverses uuid NOT NULL
);
CREATE INDEX ledger_reversal_reverses ON ledger_reversal (reverses);

CALL make_append_only('ledger_booking');
CALL make_append_only('ledger_rule');
CALL make_append_only('ledger_reversible');
CALL make_append_only('ledger_reversal');
GRANT SELECT ON ledger_booking, ledger_rule, ledger_reversible, ledger_reversal
    TO auctiond_app, auctiond_reader;

-- The kinds are in a table now. Partitions have the old checks as their own.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT relid FROM pg_partition_tree('ledger_transfer') ORDER BY level LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS ledger_transfer_kind_check, '
            'DROP CONSTRAINT IF EXISTS ledger_transfer_check', part);
    END LOOP;
END $$;
ALTER TABLE ledger_transfer ADD CONSTRAINT ledger_transfer_hold_check
    CHECK ((hold_id IS NOT NULL) = (kind IN ('capture', 'release', 'expire')));

-- What an event outside says: the same again is the same event, whatever id and floors it has.
CREATE FUNCTION ledger_told(doc jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_build_array(doc->'kind', doc->'reverses', (
    SELECT jsonb_object_agg(l->>0, l->1)
    FROM jsonb_array_elements(doc->'lines' || (doc->'give')) l));

-- What a move did to what accounts own.
CREATE FUNCTION ledger_effect(move uuid) RETURNS TABLE (account text, amount bigint)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT e.account, e.d_posted FROM ledger_transfer t
    JOIN ledger_entry e ON e.transfer_id = t.id
        AND e.month = date_trunc('month', t.at AT TIME ZONE 'UTC')::date
    WHERE t.id = move AND e.d_posted <> 0
    UNION ALL
    SELECT l.account, l.amount FROM ledger_line l WHERE l.transfer_id = move
$$;

-- What others took back of a move already, less what was reinstated of it.
CREATE FUNCTION ledger_undone(move uuid) RETURNS TABLE (account text, amount numeric)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT f.account, sum(f.amount) FROM (
        SELECT r.transfer_id AS id FROM ledger_reversal r WHERE r.reverses = move
        UNION ALL
        SELECT again.transfer_id FROM ledger_reversal r
        JOIN ledger_reversal again ON again.reverses = r.transfer_id WHERE r.reverses = move
    ) back CROSS JOIN LATERAL ledger_effect(back.id) f
    GROUP BY f.account
$$;

-- Whether a booking takes back no more than its original did. Twin of ledger/checks.py check_back.
CREATE FUNCTION ledger_back(doc jsonb, OUT code text, OUT detail text)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    undoes uuid := doc->>'reverses';
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_transfer t JOIN ledger_reversible r ON r.original = t.kind
            WHERE t.id = undoes AND r.kind = doc->>'kind') THEN
        code := 'no_original';
        RETURN;
    END IF;
    SELECT 'over', l.account INTO code, detail
        FROM (SELECT v->>0, (v->>1)::bigint, n FROM jsonb_array_elements(doc->'lines' || (doc->'give'))
            WITH ORDINALITY x(v, n)) l(account, amount, n)
        LEFT JOIN ledger_effect(undoes) did USING (account)
        LEFT JOIN ledger_undone(undoes) undone USING (account)
        WHERE ledger_word(l.account) NOT IN ('margin', 'writeoff')
            AND (did.amount IS NOT NULL OR doc->>'kind' IN ('reversal', 'reinstatement'))
            AND coalesce(did.amount, 0) + coalesce(undone.amount, 0) + l.amount
                NOT BETWEEN least(0, coalesce(did.amount, 0)) AND greatest(0, coalesce(did.amount, 0))
        ORDER BY l.n LIMIT 1;
    code := coalesce(code, 'new');
END $$;

-- Which of the items make no sense by themselves. Twin of ledger/checks.py check, which runs
-- before; this is the last line of defence. In each item each unit sums to zero.
DROP FUNCTION ledger_faults;
CREATE FUNCTION ledger_faults(
    docs jsonb[], kinds text[], line_item int[], line_inside boolean[], line_account text[],
    line_amount bigint[]
) RETURNS boolean[] LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    RETURN (WITH line AS (
        SELECT l.i, l.inside, l.account, l.amount, k.kind, a.unit, a.bounded,
            ledger_word(l.account) AS word, CASE
            WHEN k.kind = 'hold' THEN 0 WHEN k.kind = 'capture' AND NOT l.inside THEN -l.amount
            ELSE l.amount END AS change
        FROM unnest(kinds) WITH ORDINALITY k(kind, i)
        JOIN unnest(line_item, line_inside, line_account, line_amount)
            l(i, inside, account, amount) USING (i)
        LEFT JOIN ledger_account a ON a.name = l.account
    ), by_unit AS (
        SELECT i, nullif(replace(unit, 'cap_', ''), 'calls') AS currency,
            bool_and(unit IS NOT NULL AND bounded = inside AND CASE kind
                WHEN 'hold' THEN inside AND amount >= 0
                WHEN 'topup' THEN CASE WHEN inside THEN amount > 0 AND word IN ('wallet', 'usage')
                    ELSE amount < 0 AND word IN ('world', 'processor') END
                WHEN 'capture' THEN amount > 0 AND CASE WHEN inside THEN word <> 'slot'
                    ELSE word IN ('publisher', 'margin', 'used', 'carrier') END
                ELSE amount <> 0 AND EXISTS (SELECT FROM ledger_rule r WHERE r.kind = line.kind
                    AND r.taken = (line.amount < 0) AND r.word = line.word) END)
            AND count(DISTINCT account) = count(*) AND sum(change) = 0 AS fits
        FROM line GROUP BY i, unit
    ), judged AS (
        SELECT i, bool_and(fits) AND count(DISTINCT currency) <= 1 AS fits FROM by_unit GROUP BY i
    ) SELECT array_agg(NOT (coalesce(j.fits, k.kind IN ('capture', 'release', 'expire'))
            AND (b.kind IS NULL OR (
                coalesce(doc->>'ref', '') COLLATE "C" ~ '^[!-?A-~]{0,200}$'
                AND doc->>'actor' COLLATE "C" ~ '^[A-Za-z0-9_.:/-]{0,100}$'
                AND doc->>'reason' COLLATE "C" ~ '^[a-z0-9_-]{0,60}$'
                AND (doc->>'ref' <> '') IS DISTINCT FROM false
                AND NOT (b.needs_ref AND doc->>'ref' IS NULL)
                AND NOT (b.needs_reason AND '' IN (doc->>'actor', doc->>'reason'))
                AND NOT (b.must_reverse AND doc->>'reverses' IS NULL)
                AND (b.may_reverse OR doc->>'reverses' IS NULL)) IS TRUE)) ORDER BY k.i)
        FROM unnest(kinds, docs) WITH ORDINALITY k(kind, doc, i)
        LEFT JOIN judged j USING (i) LEFT JOIN ledger_booking b ON b.kind = k.kind);
END $$;

-- The work of ledger_apply. An item that takes another back is alone in its run, so that it sees
-- in the tables whatever came before it.
CREATE FUNCTION ledger_apply_run(
    bodies text[],
    OUT codes text[],
    OUT details text[],  -- The account that has not enough, or takes too much.
    OUT entry_item int[],  -- The entries made, and the balances after each.
    OUT entry_account text[],
    OUT entry_posted bigint[],
    OUT entry_held bigint[]
) LANGUAGE plpgsql SET search_path FROM CURRENT
SET timezone = 'UTC' SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    n int := cardinality(bodies);
    docs jsonb[];  -- The items, and after them the older holds that they end.
    ids uuid[]; kinds text[]; holds uuid[]; hashes bytea[]; refs text[];
    backs uuid[];  -- The moves that bookings take back; if there is one, it is the only item.
    forced boolean[];  -- Of bookings; NULL of other moves.
    same int[];  -- The first item with the same id.
    same_ref int[];  -- The first item with the same ref.
    rival int[];  -- The first item that ends the same hold.
    hold_at int[];  -- Where in docs the hold is that it ends.
    line_item int[]; line_inside boolean[]; line_account text[]; line_k int[];
    line_amount bigint[]; line_floor bigint[];
    firsts int[]; lasts int[];  -- Of the lines of an item on bounded accounts.
    names text[]; posted bigint[]; held bigint[]; seqs bigint[]; heads text[];
    known bytea[]; ended boolean[]; faults boolean[];
    paid jsonb[];  -- By `same_ref`: what was recorded of it.
    accepted int[] := array_fill(NULL::int, ARRAY[n]);  -- By `same`: the item that was recorded.
    lowest uuid; highest uuid; noted_at timestamptz; noted_us bigint; month date;
    entry_seq bigint[]; entry_d_posted bigint[]; entry_d_held bigint[]; entry_hash text[];
    i int; h int; j int; t int; k int; m int := 0; taken int; dp bigint; dh bigint;
    code text; detail text; hex text;
BEGIN
    -- Under a snapshot older than the locks, a balance would be read that is no longer true.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger_apply runs in READ COMMITTED only'
            USING ERRCODE = 'active_sql_transaction';
    END IF;
    codes := array_fill(NULL::text, ARRAY[n]);
    details := codes;
    SELECT array_agg(doc), array_agg((doc->>'id')::uuid), array_agg(doc->>'kind'),
            array_agg((doc->>'hold')::uuid), array_agg(sha256(convert_to(body, 'UTF8'))),
            array_agg(doc->>'ref'), array_agg((doc->>'reverses')::uuid)
        INTO docs, ids, kinds, holds, hashes, refs, backs
        FROM (SELECT b, b::jsonb FROM unnest(bodies) b OFFSET 0) x(body, doc);
    SELECT array_agg(b.forced ORDER BY k.i) INTO forced
        FROM unnest(kinds) WITH ORDINALITY k(kind, i) LEFT JOIN ledger_booking b USING (kind);
    docs := docs || ARRAY(SELECT f.doc FROM (SELECT DISTINCT unnest(holds)) w(id)
        CROSS JOIN LATERAL (SELECT f.body::jsonb AS doc FROM ledger_transfer f
            WHERE f.id = w.id AND f.kind = 'hold' LIMIT 1) f);
    SELECT array_agg(x.same ORDER BY x.i), array_agg(x.rival ORDER BY x.i),
            array_agg(x.same_ref ORDER BY x.i), array_agg(coalesce(f.i, y.i) ORDER BY x.i)
        INTO same, rival, same_ref, hold_at
        FROM (SELECT u.i, u.hold, min(u.i) OVER (PARTITION BY u.id) AS same,
                min(u.i) OVER (PARTITION BY u.hold) AS rival,
                min(u.i) OVER (PARTITION BY u.ref) AS same_ref
            FROM unnest(ids, holds, refs) WITH ORDINALITY u(id, hold, ref, i)) x
        LEFT JOIN (SELECT (d.doc->>'id')::uuid AS id, d.i
            FROM unnest(docs) WITH ORDINALITY d(doc, i) WHERE d.i > n) f ON f.id = x.hold
        LEFT JOIN (SELECT u.id, min(u.i) AS i
            FROM unnest(ids) WITH ORDINALITY u(id, i) GROUP BY u.id) y ON y.id = x.hold;
    SELECT array_agg(x.i), array_agg(x.inside), array_agg(x.account), array_agg(x.amount),
            array_agg(x.floor)
        INTO line_item, line_inside, line_account, line_amount, line_floor
        FROM (SELECT d.i, true AS inside, o, v->>0, (v->>1)::bigint, (v->>2)::bigint
            FROM unnest(docs) WITH ORDINALITY d(doc, i),
                jsonb_array_elements(d.doc->'lines') WITH ORDINALITY l(v, o)
            UNION ALL SELECT d.i, false, o, v->>0, (v->>1)::bigint, NULL
            FROM unnest(docs[:n]) WITH ORDINALITY d(doc, i),
                jsonb_array_elements(d.doc->'give') WITH ORDINALITY l(v, o)
            ORDER BY 1, 2 DESC, 3) x(i, inside, o, account, amount, floor);
    SELECT array_agg(coalesce(l.a, 1) ORDER BY d.i), array_agg(coalesce(l.b, 0) ORDER BY d.i)
        INTO firsts, lasts
        FROM generate_series(1, cardinality(docs)) d(i) LEFT JOIN (
            SELECT u.i, min(u.p) AS a, max(u.p) AS b
            FROM unnest(line_item, line_inside) WITH ORDINALITY u(i, inside, p)
            WHERE u.inside GROUP BY u.i) l USING (i);
    names := ARRAY(SELECT DISTINCT a COLLATE "C" FROM unnest(line_account) a ORDER BY 1);
    line_k := ARRAY(SELECT a.k FROM unnest(line_account) WITH ORDINALITY l(name, p)
        JOIN unnest(names) WITH ORDINALITY a(name, k) ON a.name = l.name COLLATE "C" ORDER BY l.p);

    PERFORM ledger_lock(names);

    SELECT array_agg(coalesce(e.posted, 0) ORDER BY a.k),
            array_agg(coalesce(e.held, 0) ORDER BY a.k), array_agg(coalesce(e.seq, 0) ORDER BY a.k),
            array_agg(coalesce(encode(e.hash, 'hex'), '') ORDER BY a.k),
            greatest(clock_timestamp(), max(e.at))
        INTO posted, held, seqs, heads, noted_at
        FROM unnest(names) WITH ORDINALITY a(name, k) LEFT JOIN LATERAL (
            SELECT * FROM ledger_entry le WHERE le.account = a.name
            ORDER BY le.month DESC, le.seq DESC LIMIT 1) e ON true;
    SELECT array_agg(f.body_hash ORDER BY u.i), array_agg(r.hold_id IS NOT NULL ORDER BY u.i),
            array_agg(p.told ORDER BY u.i)
        INTO known, ended, paid
        FROM unnest(ids, holds, refs) WITH ORDINALITY u(id, hold, ref, i)
        LEFT JOIN LATERAL (SELECT lt.body_hash FROM ledger_transfer lt
            WHERE lt.id = u.id LIMIT 1) f ON true
        LEFT JOIN LATERAL (SELECT hr.hold_id FROM hold_resolution hr
            WHERE hr.hold_id = u.hold LIMIT 1) r ON true
        LEFT JOIN LATERAL (SELECT ledger_told(pt.body::jsonb) AS told
            FROM ledger_ref lr JOIN ledger_transfer pt ON pt.id = lr.transfer_id
            WHERE lr.ref = u.ref LIMIT 1) p ON true;
    SELECT ledger_id_at(min(lm.month)), ledger_id_at(max(lm.month) + interval '1 month')
        INTO lowest, highest FROM ledger_month lm;
    faults := ledger_faults(docs[:n], kinds, line_item, line_inside, line_account, line_amount);
    month := date_trunc('month', noted_at);
    noted_us := (extract(epoch FROM noted_at) * 1000000)::bigint;

    FOR i IN 1..n LOOP
        code := 'new';
        detail := NULL;
        h := NULL;
        IF known[same[i]] IS NOT NULL THEN
            codes[i] := CASE WHEN known[same[i]] = hashes[i] THEN 'same' ELSE 'reused' END;
            CONTINUE;
        ELSIF refs[i] IS NOT NULL AND paid[same_ref[i]] IS NOT NULL THEN
            codes[i] := CASE WHEN paid[same_ref[i]] = ledger_told(docs[i]) THEN 'same'
                ELSE 'ref_reused' END;
            CONTINUE;
        ELSIF faults[i] THEN
            code := 'unbalanced';
        ELSIF ids[i] < lowest OR ids[i] >= highest OR lowest IS NULL THEN
            code := 'far';
        ELSIF (docs[i]->>'until_ms')::bigint < noted_us / 1000 THEN
            code := 'late';
        ELSIF kinds[i] = 'hold' THEN
            FOR j IN firsts[i]..lasts[i] LOOP
                k := line_k[j];
                IF posted[k] - held[k] - line_amount[j] < line_floor[j] THEN
                    code := 'insufficient';
                    detail := names[k];
                    EXIT;
                END IF;
            END LOOP;
        ELSIF holds[i] IS NOT NULL THEN
            h := hold_at[i];
            IF h <= n THEN
                h := accepted[h];
            END IF;
            IF h IS NULL OR ended[rival[i]] OR (h <= n AND kinds[h] <> 'hold') THEN
                code := 'not_open';
            END IF;
        ELSIF backs[i] IS NOT NULL THEN
            SELECT b.code, b.detail INTO code, detail FROM ledger_back(docs[i]) b;
        END IF;
        IF code = 'new' AND NOT forced[i] THEN
            FOR j IN firsts[i]..lasts[i] LOOP
                k := line_k[j];
                IF line_amount[j] < 0
                        AND posted[k] - held[k] + line_amount[j] < line_floor[j] THEN
                    code := 'insufficient';
                    detail := names[k];
                    EXIT;
                END IF;
            END LOOP;
        END IF;
        IF code = 'new' AND kinds[i] = 'capture' THEN
            FOR t IN firsts[i]..lasts[i] LOOP
                taken := 0;
                FOR j IN firsts[h]..lasts[h] LOOP
                    IF line_k[j] = line_k[t] AND line_amount[t] <= line_amount[j] THEN
                        taken := 1;
                    END IF;
                END LOOP;
                IF taken = 0 THEN
                    code := 'unbalanced';
                    detail := names[line_k[t]];
                END IF;
            END LOOP;
        END IF;
        codes[i] := code;
        details[i] := detail;
        CONTINUE WHEN code <> 'new';

        known[same[i]] := hashes[i];
        accepted[same[i]] := i;
        IF refs[i] IS NOT NULL THEN
            paid[same_ref[i]] := ledger_told(docs[i]);
        END IF;
        hex := encode(hashes[i], 'hex');
        IF h IS NOT NULL THEN
            ended[rival[i]] := true;
        END IF;
        FOR j IN firsts[coalesce(h, i)]..lasts[coalesce(h, i)] LOOP
            k := line_k[j];
            dp := 0;
            dh := 0;
            IF h IS NOT NULL THEN
                dh := -line_amount[j];
                FOR t IN firsts[i]..lasts[i] LOOP
                    IF line_k[t] = k THEN
                        dp := -line_amount[t];
                    END IF;
                END LOOP;
            ELSIF kinds[i] = 'hold' THEN
                dh := line_amount[j];
            ELSE
                dp := line_amount[j];
            END IF;
            posted[k] := posted[k] + dp;
            held[k] := held[k] + dh;
            seqs[k] := seqs[k] + 1;
            heads[k] := encode(sha256(convert_to(concat_ws('|', 'entry/1', names[k], seqs[k],
                ids[i], hex, dp, dh, posted[k], held[k], noted_us, heads[k]), 'UTF8')), 'hex');
            m := m + 1;
            entry_item[m] := i;
            entry_account[m] := names[k];
            entry_seq[m] := seqs[k];
            entry_d_posted[m] := dp;
            entry_d_held[m] := dh;
            entry_posted[m] := posted[k];
            entry_held[m] := held[k];
            entry_hash[m] := heads[k];
        END LOOP;
    END LOOP;

    INSERT INTO ledger_transfer (id, kind, hold_id, body, body_hash, at)
        SELECT u.id, u.kind, u.hold, u.body, u.hash, noted_at
        FROM unnest(ids, kinds, holds, bodies, hashes, codes) u(id, kind, hold, body, hash, code)
        WHERE u.code = 'new';
    INSERT INTO ledger_entry
        SELECT u.account, month, u.seq, ids[u.i], u.dp, u.dh, u.p, u.h,
            noted_at, decode(u.hash, 'hex')
        FROM unnest(entry_account, entry_seq, entry_item, entry_d_posted, entry_d_held,
            entry_posted, entry_held, entry_hash) u(account, seq, i, dp, dh, p, h, hash);
    INSERT INTO ledger_line (transfer_id, account, amount, at)
        SELECT ids[u.i], u.account, u.amount, noted_at
        FROM unnest(line_item, line_inside, line_account, line_amount) u(i, inside, account, amount)
        WHERE NOT u.inside AND accepted[same[u.i]] = u.i;
    INSERT INTO hold_resolution (hold_id, transfer_id)
        SELECT u.hold, u.id FROM unnest(ids, holds, codes) u(id, hold, code)
        WHERE u.code = 'new' AND u.hold IS NOT NULL;
    INSERT INTO ledger_ref (ref, transfer_id)
        SELECT u.ref, u.id FROM unnest(ids, refs, codes) u(id, ref, code)
        WHERE u.code = 'new' AND u.ref IS NOT NULL;
    INSERT INTO ledger_reversal (transfer_id, reverses)
        SELECT u.id, u.back FROM unnest(ids, backs, codes) u(id, back, code)
        WHERE u.code = 'new' AND u.back IS NOT NULL;
END $$;

-- The only way into the ledger: a batch of moves in their canonical form, one transaction.
CREATE OR REPLACE FUNCTION ledger_apply(
    bodies text[],
    OUT codes text[],  -- new, same, reused, ref_reused, insufficient, not_open, no_original, over,
                       -- late, unbalanced, far
    OUT details text[],  -- The account that has not enough, or takes too much.
    OUT entry_item int[],  -- The entries made, and the balances after each.
    OUT entry_account text[],
    OUT entry_posted bigint[],
    OUT entry_held bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET timezone = 'UTC' SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    n int := cardinality(bodies);
    back CONSTANT text := '%"reverses":"%';
    part record;
    first int := 1;
    last int;
BEGIN
    IF NOT bodies::text LIKE '%reverses%' OR NOT EXISTS (
            SELECT FROM unnest(bodies) b WHERE b LIKE back) THEN
        SELECT r.codes, r.details, r.entry_item, r.entry_account, r.entry_posted, r.entry_held
            INTO codes, details, entry_item, entry_account, entry_posted, entry_held
            FROM ledger_apply_run(bodies) r;
        RETURN;
    END IF;
    PERFORM ledger_lock_all(bodies);
    WHILE first <= n LOOP
        last := first;
        IF bodies[first] NOT LIKE back THEN
            WHILE last < n AND bodies[last + 1] NOT LIKE back LOOP
                last := last + 1;
            END LOOP;
        END IF;
        SELECT * INTO part FROM ledger_apply_run(bodies[first:last]);
        codes := codes || part.codes;
        details := details || part.details;
        entry_item := entry_item || ARRAY(SELECT e + first - 1 FROM unnest(part.entry_item) e);
        entry_account := entry_account || part.entry_account;
        entry_posted := entry_posted || part.entry_posted;
        entry_held := entry_held || part.entry_held;
        first := last + 1;
    END LOOP;
END $$;

-- Lock whatever the runs of a batch will lock, in one order: first what is taken back, then the
-- accounts.
CREATE FUNCTION ledger_lock_all(bodies text[]) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(b.id, 7)) FROM (
        SELECT DISTINCT x::jsonb->>'reverses' AS id FROM unnest(bodies) x ORDER BY 1) b
        WHERE b.id IS NOT NULL;
    PERFORM ledger_lock(ARRAY(
        SELECT DISTINCT l->>0 FROM (
            SELECT b::jsonb FROM unnest(bodies) b
            UNION ALL
            SELECT t.body::jsonb FROM unnest(bodies) b
                JOIN ledger_transfer t ON t.id = (b::jsonb->>'hold')::uuid AND t.kind = 'hold'
        ) m(doc), jsonb_array_elements(doc->'lines' || (doc->'give')) l));
END $$;

-- For other functions and for transactions of the app's own: record one move, or fail as a whole.
-- True: it is new. Fails with SQLSTATE LG001, and the code and detail of ledger_apply.
CREATE FUNCTION ledger_must(body text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    code text;
    detail text;
BEGIN
    SELECT a.codes[1], a.details[1] INTO code, detail FROM ledger_apply(ARRAY[body]) a;
    IF code NOT IN ('new', 'same') THEN
        RAISE EXCEPTION '% %', code, coalesce(detail, '') USING ERRCODE = 'LG001';
    END IF;
    RETURN code = 'new';
END $$;
GRANT EXECUTE ON FUNCTION ledger_must TO auctiond_app;
