-- add --
-- True: it is new.
INSERT INTO disclosure (call_id, leg, target, buyer, fields, moment, at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING true

-- of_call --
SELECT call_id, leg, target, buyer, fields, moment, at FROM disclosure
WHERE call_id = $1 ORDER BY at, leg, moment
