-- add --
INSERT INTO api_key (id, name, hash, scopes) VALUES ($1, $2, $3, $4)

-- find --
SELECT k.id, k.name, k.hash, k.scopes, k.created_at, r.at AS revoked_at
FROM api_key k LEFT JOIN api_key_revoked r USING (id) WHERE k.id = $1

-- list --
SELECT k.id, k.name, k.hash, k.scopes, k.created_at, r.at AS revoked_at
FROM api_key k LEFT JOIN api_key_revoked r USING (id) ORDER BY k.created_at, k.id

-- revoke --
-- Revoked twice keeps the first time; an unknown key gives no row.
INSERT INTO api_key_revoked (id) SELECT id FROM api_key WHERE id = $1
ON CONFLICT DO NOTHING RETURNING id
