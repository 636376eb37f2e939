-- That a wallet is low or empty is told in the transaction that notes it: who dies in between had
-- told nobody, and never would have. A buyer with credit is not empty before that is used up too.
DROP FUNCTION tell_wallet_levels(bigint);

-- Tell of the wallets that have become low or empty since somebody was told of it. Each is told
-- once; one that was filled can become so again. `owners` have `credits`. Returns how many it were.
CREATE FUNCTION tell_wallet_levels(at_ms bigint, owners text[], credits bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH wallet AS (
        SELECT a.name, wallet_free(a.name) AS free, r.low, coalesce(o.credit, 0) AS credit
        FROM ledger_account a LEFT JOIN wallet_rule r ON r.payer = a.name
        LEFT JOIN unnest(owners, credits) AS o (name, credit) ON o.name = a.name
        WHERE a.name ^@ 'wallet:' OR a.name ^@ 'usage:'
    ), state AS (
        SELECT w.name, 'low' AS level, w.free, w.low, w.free < w.low AS is_so
            FROM wallet w WHERE w.low IS NOT NULL
        UNION ALL SELECT w.name, 'empty', w.free, NULL, w.free + w.credit <= 0 FROM wallet w
    ), better AS (
        DELETE FROM wallet_told t USING state s
            WHERE t.payer = s.name AND t.level = s.level AND NOT s.is_so
    ), worse AS (
        INSERT INTO wallet_told AS t SELECT s.name, s.level, at_ms FROM state s WHERE s.is_so
            ON CONFLICT DO NOTHING RETURNING t.payer, t.level
    ), told AS MATERIALIZED (
        SELECT tell_notice(
            CASE WHEN s.name ^@ 'wallet:' THEN 'wallet.' ELSE 'usage.' END || s.level,
            CASE WHEN s.name ^@ 'wallet:'
                THEN 'buyer/' || split_part(substr(s.name, 8), '@', 1) ELSE 'operator' END,
            s.name || ':' || s.level || ':' || at_ms,
            jsonb_build_object('balance', money_text(s.free),
                'currency', upper(coalesce(nullif(split_part(s.name, '@', 2), ''), 'usd')))
            || CASE s.level WHEN 'low' THEN jsonb_build_object('threshold', money_text(s.low))
                ELSE '{}' END) AS new
        FROM worse w JOIN state s ON s.name = w.payer AND s.level = w.level
    )
    SELECT count(*) FROM told WHERE new
$$;
GRANT EXECUTE ON FUNCTION tell_wallet_levels TO auctiond_app;
