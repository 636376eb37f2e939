-- get --
-- The fingerprint of the key file that belongs to this database.
SELECT fingerprint FROM key_file

-- note --
-- Of two servers that start at once, the first says which key file it is.
INSERT INTO key_file (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING
