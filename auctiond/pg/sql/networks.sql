-- latest --
SELECT no, applied_at, applied_by, digest, toml FROM network_version ORDER BY no DESC LIMIT 1

-- get --
SELECT no, applied_at, applied_by, digest, toml FROM network_version WHERE no = $1

-- list --
-- Newest first, without the text.
SELECT no, applied_at, applied_by, digest, '' AS toml FROM network_version
ORDER BY no DESC LIMIT $1

-- add --
-- Only on top of the version the author saw. Two at once meet at the primary key.
INSERT INTO network_version (no, applied_by, digest, toml)
SELECT $1 + 1, $2, $3, $4
WHERE $1 = (SELECT coalesce(max(no), 0) FROM network_version)
ON CONFLICT DO NOTHING
RETURNING no
