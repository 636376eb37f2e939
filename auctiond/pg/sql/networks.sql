-- latest --
SELECT no, applied_at, applied_by, sealed FROM network_version ORDER BY no DESC LIMIT 1

-- number --
SELECT coalesce(max(no), 0) FROM network_version

-- get --
SELECT no, applied_at, applied_by, sealed FROM network_version WHERE no = $1

-- list --
-- Newest first, without the text.
SELECT v.no, v.applied_at, v.applied_by,
       coalesce(a.act, 'applied') AS act, coalesce(a.note, '') AS note,
       coalesce(cardinality(a.changes), 0) AS changes
FROM network_version v LEFT JOIN network_act a ON a.version = v.no
ORDER BY v.no DESC LIMIT $1

-- add --
-- Only on top of the version the author saw, with who did it and why. Two at once meet at the
-- primary key.
WITH added AS (
    INSERT INTO network_version (no, applied_by, sealed)
    SELECT $1::int + 1, $2, $3
    WHERE $1::int = (SELECT coalesce(max(no), 0) FROM network_version)
    ON CONFLICT DO NOTHING
    RETURNING no
)
INSERT INTO network_act (act, by, version, stage, note, changes)
SELECT $4, $2, no, $5, $6, $7 FROM added
RETURNING version

-- is_plain --
-- Whether former versions still wait to be sealed.
SELECT to_regclass('network_plain') IS NOT NULL

-- plain --
SELECT no, toml FROM network_plain

-- seal --
SELECT seal_networks($1, $2)
