-- The auditor reads all of the ledger and nothing else; retention deletes what is over its time.

GRANT SELECT ON migration, ledger_account, ledger_month, ledger_transfer, ledger_entry, ledger_line,
    hold_resolution, ledger_ref, ledger_reversal, ledger_booking, ledger_rule, ledger_reversible,
    ledger_seal TO auctiond_auditor;
GRANT EXECUTE ON FUNCTION ledger_id_at, ledger_unit, ledger_bounded, ledger_word, ledger_effect,
    ledger_undone TO auctiond_auditor;

GRANT EXECUTE ON FUNCTION prune_inbox, prune_rtb, prune_once, erase_person TO auctiond_retention;

-- The call that a move belongs to: its own, that of the hold it ends, or of what it takes back.
CREATE FUNCTION ledger_call(move uuid) RETURNS uuid
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    WITH RECURSIVE up AS (
        SELECT t.body::jsonb AS doc FROM ledger_transfer t WHERE t.id = move
        UNION ALL
        SELECT t.body::jsonb FROM up JOIN ledger_transfer t
            ON t.id = coalesce(up.doc->>'hold', up.doc->>'reverses')::uuid
        WHERE up.doc->>'call' IS NULL
    ) SELECT (doc->>'call')::uuid FROM up WHERE doc->>'call' IS NOT NULL LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION ledger_call TO auctiond_app, auctiond_reader, auctiond_auditor;
