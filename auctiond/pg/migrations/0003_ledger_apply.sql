-- The only way into the ledger: ledger_apply takes a batch of moves in their canonical form.
--
-- One call is one transaction and one commit for all of them. A move that is refused gets a
-- code and writes nothing of itself; the others go on. Balances are read once, under locks, kept
-- in arrays while the moves are judged in order, and written at the end.

-- Lock the bounded accounts in order of name, and open those that are new. New ones are opened
-- before anything is locked: whoever holds a lock never waits for another's new account.
CREATE FUNCTION ledger_lock(names text[]) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO ledger_account (name, unit, bounded)
        SELECT n, ledger_unit(n), ledger_bounded(n) FROM (SELECT n FROM unnest(names) n
            WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.name = n) OFFSET 0) fresh
        WHERE ledger_unit(n) IS NOT NULL
        ORDER BY n COLLATE "C" ON CONFLICT DO NOTHING;
    PERFORM FROM ledger_account WHERE name = ANY (names) AND bounded ORDER BY name FOR UPDATE;
END $$;

-- Which of the items make no sense by themselves. Twin of ledger/rules.py check, which runs
-- before; this is the last line of defence. In each item each unit sums to zero.
CREATE FUNCTION ledger_faults(
    kinds text[], line_item int[], line_inside boolean[], line_account text[],
    line_amount bigint[]
) RETURNS boolean[] LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    RETURN (WITH line AS (
        SELECT l.i, l.inside, l.account, l.amount, k.kind, a.unit, a.bounded, CASE
            WHEN k.kind = 'hold' THEN 0 WHEN k.kind = 'capture' AND NOT l.inside THEN -l.amount
            ELSE l.amount END AS change
        FROM unnest(kinds) WITH ORDINALITY k(kind, i)
        JOIN unnest(line_item, line_inside, line_account, line_amount)
            l(i, inside, account, amount) USING (i)
        LEFT JOIN ledger_account a ON a.name = l.account
    ), judged AS (
        SELECT i, bool_and(unit IS NOT NULL AND bounded = inside AND CASE kind
                WHEN 'hold' THEN inside AND amount >= 0
                WHEN 'topup' THEN (amount > 0) = inside AND account ~ '^w'
                WHEN 'capture' THEN amount > 0 AND account !~ '^(slot:|world$)'
                ELSE false END)
            AND count(DISTINCT account) = count(*)
            AND coalesce(sum(change) FILTER (WHERE unit = 'usd'), 0) = 0
            AND coalesce(sum(change) FILTER (WHERE unit = 'calls'), 0) = 0
            AND coalesce(sum(change) FILTER (WHERE unit = 'cap_usd'), 0) = 0 AS fits
        FROM line GROUP BY i
    ) SELECT array_agg(NOT coalesce(j.fits, k.kind NOT IN ('topup', 'hold')) ORDER BY k.i)
        FROM unnest(kinds) WITH ORDINALITY k(kind, i) LEFT JOIN judged j USING (i));
END $$;

CREATE FUNCTION ledger_apply(
    bodies text[],
    OUT codes text[],  -- new, same, reused, ref_reused, insufficient, not_open, unbalanced, far
    OUT details text[],  -- The account that has not enough, or takes too much.
    OUT entry_item int[],  -- The entries made, and the balances after each.
    OUT entry_account text[],
    OUT entry_posted bigint[],
    OUT entry_held bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET timezone = 'UTC' SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    n int := cardinality(bodies);
    docs jsonb[];  -- The items, and after them the older holds that they end.
    ids uuid[]; kinds text[]; holds uuid[]; hashes bytea[]; refs text[];
    same int[];  -- The first item with the same id.
    same_ref int[];  -- The first item with the same ref.
    rival int[];  -- The first item that ends the same hold.
    hold_at int[];  -- Where in docs the hold is that it ends.
    line_item int[]; line_inside boolean[]; line_account text[]; line_k int[];
    line_amount bigint[]; line_floor bigint[];
    firsts int[]; lasts int[];  -- Of the lines of an item on bounded accounts.
    names text[]; posted bigint[]; held bigint[]; seqs bigint[]; heads text[];
    known bytea[]; ended boolean[]; faults boolean[];
    paid jsonb[];  -- By `same_ref`: the lines that were recorded of it.
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
            array_agg(doc->>'ref')
        INTO docs, ids, kinds, holds, hashes, refs
        FROM (SELECT b, b::jsonb FROM unnest(bodies) b OFFSET 0) x(body, doc);
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
            array_agg(p.lines ORDER BY u.i)
        INTO known, ended, paid
        FROM unnest(ids, holds, refs) WITH ORDINALITY u(id, hold, ref, i)
        LEFT JOIN LATERAL (SELECT lt.body_hash FROM ledger_transfer lt
            WHERE lt.id = u.id LIMIT 1) f ON true
        LEFT JOIN LATERAL (SELECT hr.hold_id FROM hold_resolution hr
            WHERE hr.hold_id = u.hold LIMIT 1) r ON true
        LEFT JOIN LATERAL (SELECT pt.body::jsonb->'lines' AS lines
            FROM ledger_ref lr JOIN ledger_transfer pt ON pt.id = lr.transfer_id
            WHERE lr.ref = u.ref LIMIT 1) p ON true;
    SELECT ledger_id_at(min(lm.month)), ledger_id_at(max(lm.month) + interval '1 month')
        INTO lowest, highest FROM ledger_month lm;
    faults := ledger_faults(kinds, line_item, line_inside, line_account, line_amount);
    month := date_trunc('month', noted_at);
    noted_us := (extract(epoch FROM noted_at) * 1000000)::bigint;

    FOR i IN 1..n LOOP
        code := 'new';
        detail := NULL;
        h := NULL;
        IF known[same[i]] IS NOT NULL THEN
            codes[i] := CASE WHEN known[same[i]] = hashes[i] THEN 'same' ELSE 'reused' END;
            CONTINUE;
        ELSIF kinds[i] = 'topup' AND paid[same_ref[i]] IS NOT NULL THEN
            codes[i] := CASE WHEN paid[same_ref[i]] = docs[i]->'lines' THEN 'same'
                ELSE 'ref_reused' END;
            CONTINUE;
        ELSIF faults[i] THEN
            code := 'unbalanced';
        ELSIF ids[i] < lowest OR ids[i] >= highest OR lowest IS NULL THEN
            code := 'far';
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
        IF kinds[i] = 'topup' THEN
            paid[same_ref[i]] := docs[i]->'lines';
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
END $$;
GRANT EXECUTE ON FUNCTION ledger_apply TO auctiond_app;
