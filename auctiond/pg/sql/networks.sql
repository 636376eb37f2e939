-- latest --
SELECT no, applied_at, applied_by, sealed FROM network_version ORDER BY no DESC LIMIT 1

-- get --
SELECT no, applied_at, applied_by, sealed FROM network_version WHERE no = $1

-- list --
-- Newest first, without the text.
SELECT no, applied_at, applied_by, NULL::bytea AS sealed FROM network_version
ORDER BY no DESC LIMIT $1

-- add --
-- Only on top of the version the author saw. Two at once meet at the primary key.
INSERT INTO network_version (no, applied_by, sealed)
SELECT $1 + 1, $2, $3
WHERE $1 = (SELECT coalesce(max(no), 0) FROM network_version)
ON CONFLICT DO NOTHING
RETURNING no

-- is_plain --
-- Whether former versions still wait to be sealed.
SELECT to_regclass('network_plain') IS NOT NULL

-- plain --
SELECT no, toml FROM network_plain

-- seal --
SELECT seal_networks($1, $2)
