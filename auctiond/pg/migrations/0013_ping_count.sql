-- How many pings a day's meters have counted, so that a restart does not forget the day. A meter
-- names who counts (no person); its count is put in its place, not added.
CREATE TABLE ping_count (
    meter text PRIMARY KEY,
    until_ms bigint NOT NULL,   -- Unix milliseconds: when its day ends.
    pings bigint NOT NULL CHECK (pings >= 0)
);
GRANT SELECT ON ping_count TO auctiond_app, auctiond_reader;

CREATE FUNCTION keep_ping_counts(meters text[], untils_ms bigint[], counts bigint[], now_ms bigint)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DELETE FROM ping_count WHERE until_ms <= now_ms;
    INSERT INTO ping_count SELECT * FROM unnest(meters, untils_ms, counts)
        ON CONFLICT (meter) DO UPDATE SET until_ms = excluded.until_ms, pings = excluded.pings;
$$;
GRANT EXECUTE ON FUNCTION keep_ping_counts TO auctiond_app;
