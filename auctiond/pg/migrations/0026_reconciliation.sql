-- What the processor's books say, compared with ours: day by day, each run for good.
CREATE TABLE reconciliation (
    no           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day          date NOT NULL,
    run_ms       bigint NOT NULL,
    by           text NOT NULL,
    compared     int NOT NULL,
    fees         bigint NOT NULL,       -- Micros, of that day; booked as costs.
    payouts      bigint NOT NULL,       -- Micros, to the bank; booked out of the clearing account.
    differences  jsonb NOT NULL         -- Listed, never booked.
);
CREATE INDEX ON reconciliation (day);
CALL make_append_only('reconciliation');
GRANT SELECT ON reconciliation TO auctiond_app, auctiond_reader;

CREATE FUNCTION note_reconciliation(
    of_day date, at_ms bigint, who text, count int, all_fees bigint, all_payouts bigint, found jsonb
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO reconciliation (day, run_ms, by, compared, fees, payouts, differences)
        VALUES (of_day, at_ms, who, count, all_fees, all_payouts, found) RETURNING no
$$;

-- What our ledger says of an account at a processor. A refund that came back has the name of the
-- refund. Fees are theirs to tell: they are booked from their books.
CREATE FUNCTION processor_moves(wanted text, since timestamptz, until timestamptz)
RETURNS TABLE (ref text, kind text, amount bigint, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT coalesce(t.body::jsonb->>'ref', (o.body::jsonb->>'ref') || ':failed', t.id::text),
        t.kind, -l.amount, l.at
    FROM ledger_line l JOIN ledger_transfer t ON t.id = l.transfer_id
    LEFT JOIN ledger_transfer o ON o.id = (t.body::jsonb->>'reverses')::uuid AND t.kind = 'reversal'
    WHERE l.account = wanted AND l.at >= since AND l.at < until
        AND coalesce(t.body::jsonb->>'ref', '') !~ ':fee$'
    ORDER BY l.at
$$;
GRANT EXECUTE ON FUNCTION note_reconciliation, processor_moves TO auctiond_app;
