-- next_stage --
SELECT coalesce(max(no), 0) + 1 FROM network_stage

-- stage --
-- A text, with who prepared it and why.
WITH staged AS (
    INSERT INTO network_stage (no, staged_by, based_on, sealed) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
    RETURNING no
)
INSERT INTO network_act (act, by, stage, note, changes) SELECT 'staged', $2, no, $5, $6 FROM staged
RETURNING stage

-- staged --
-- The newest stage, unless it came into force or was dropped; and when it is due, if it is.
SELECT s.no, s.staged_at, s.staged_by, s.based_on, s.sealed, a.note, a.changes,
       d.act AS last_act, d.by AS last_by, d.due
FROM network_stage s
JOIN network_act a ON a.stage = s.no AND a.act = 'staged'
JOIN LATERAL (
    SELECT act, by, due FROM network_act WHERE stage = s.no ORDER BY no DESC LIMIT 1
) d ON true
WHERE s.no = (SELECT max(no) FROM network_stage)
  AND NOT EXISTS (
      SELECT FROM network_act WHERE stage = s.no AND act IN ('applied', 'dropped')
  )

-- note --
-- What was done about a stage.
INSERT INTO network_act (act, by, stage, due, note) VALUES ($1, $2, $3, $4, $5)

-- acts --
-- Who did what, newest first.
SELECT no, at, act, by, version, stage, due, note, changes FROM network_act
ORDER BY no DESC LIMIT $1
