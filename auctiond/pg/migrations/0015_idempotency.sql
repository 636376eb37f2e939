-- POSTs of clients that gave them a key: what each was answered, so that it is done once. Pruned.
-- Neither the client's key nor its body is kept: both may be anybody's words.
CREATE TABLE api_once (
    api_key   text NOT NULL,
    key_hash  bytea NOT NULL CHECK (length(key_hash) = 32),
    asked     bytea NOT NULL CHECK (length(asked) = 32),    -- Of method, path and body.
    id        uuid NOT NULL,        -- Made at the first try: what is done is named by it.
    run       uuid NOT NULL,        -- Of the server that is at it, or was.
    begun_at  timestamptz NOT NULL,
    status    int,                  -- Null while it runs.
    body      bytea,
    PRIMARY KEY (api_key, key_hash),
    CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX ON api_once (begun_at);
GRANT SELECT ON api_once TO auctiond_app;

-- Begin, or tell what became of it: new, again (nobody is at it any more: same id), running,
-- other (the key was for something else), done. `takes`: a try of this very run is over.
CREATE FUNCTION begin_once(
    wanted_by text, wanted bytea, asks bytea, new_id uuid, this_run uuid, at timestamptz,
    stale_before timestamptz, takes boolean,
    OUT verdict text, OUT known_id uuid, OUT answer_status int, OUT answer_body bytea
) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    found_row api_once;
BEGIN
    INSERT INTO api_once VALUES (wanted_by, wanted, asks, new_id, this_run, at)
        ON CONFLICT DO NOTHING;
    IF FOUND THEN
        verdict := 'new';
        known_id := new_id;
        RETURN;
    END IF;
    SELECT * INTO found_row FROM api_once o
        WHERE o.api_key = wanted_by AND o.key_hash = wanted FOR UPDATE;
    IF found_row.asked IS DISTINCT FROM asks THEN
        verdict := CASE WHEN found_row.asked IS NULL THEN 'running' ELSE 'other' END;
        RETURN;
    END IF;
    known_id := found_row.id;
    IF found_row.status IS NOT NULL THEN
        verdict := 'done';
        answer_status := found_row.status;
        answer_body := found_row.body;
    ELSIF (takes AND found_row.run = this_run) OR found_row.begun_at <= stale_before THEN
        verdict := 'again';
        UPDATE api_once o SET run = this_run, begun_at = at
            WHERE o.api_key = wanted_by AND o.key_hash = wanted;
    ELSE
        verdict := 'running';
    END IF;
END $$;
GRANT EXECUTE ON FUNCTION begin_once TO auctiond_app;

-- Keep the answer. The first one stands.
CREATE FUNCTION end_once(wanted_by text, wanted bytea, answer_status int, answer_body bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE api_once SET status = answer_status, body = answer_body
    WHERE api_key = wanted_by AND key_hash = wanted AND status IS NULL
$$;
GRANT EXECUTE ON FUNCTION end_once TO auctiond_app;

-- Nothing was done: the key is free again.
CREATE FUNCTION drop_once(wanted_by text, wanted bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DELETE FROM api_once WHERE api_key = wanted_by AND key_hash = wanted AND status IS NULL
$$;
GRANT EXECUTE ON FUNCTION drop_once TO auctiond_app;

CREATE FUNCTION prune_once(before timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (DELETE FROM api_once WHERE begun_at < before RETURNING 1)
    SELECT count(*) FROM gone
$$;
GRANT EXECUTE ON FUNCTION prune_once TO auctiond_app;
