-- Putting a month away compares what is carried over after its commit, no longer under the lock
-- that all moves wait for: it reads months of lines. The detached tables are still there then.
DO $$
DECLARE
    old text := pg_get_functiondef('ledger_put_month_away'::regproc);
    new text := regexp_replace(old,
        'IF ledger_closing_hash\(past\) <> known\.closing THEN\s+PERFORM [^;]+;\s+END IF;\s+END \$', 'END $');
BEGIN
    ASSERT old <> new, 'ledger_put_month_away ends in another way';
    EXECUTE new;
END $$;
