-- Open holds page by page, and whether an account was ever used.

-- Holds that have not ended, of the calls of the last `within`, after a given one: a page of them, in
-- the order of their calls.
CREATE FUNCTION open_holds_after(after uuid, within interval, most int)
RETURNS TABLE (body text, at timestamptz, age_s float)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.body, t.at, extract(epoch FROM clock_timestamp() - t.at)::float
    FROM ledger_transfer t
    WHERE t.kind = 'hold' AND t.id > after AND t.id >= ledger_id_at(clock_timestamp() - within)
        AND NOT EXISTS (SELECT FROM hold_resolution r WHERE r.hold_id = t.id)
    ORDER BY t.id LIMIT most
$$;

CREATE FUNCTION ledger_knows(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT EXISTS (SELECT FROM ledger_account a WHERE a.name = wanted)
$$;
GRANT EXECUTE ON FUNCTION open_holds_after, ledger_knows TO auctiond_app;
