-- note --
SELECT note_reconciliation($1, $2, $3, $4, $5, $6, $7::jsonb)

-- moves --
SELECT * FROM processor_moves($1, $2, $3)

-- recent --
SELECT no, day, run_ms, by, compared, fees, payouts, differences::text AS differences
FROM reconciliation ORDER BY no DESC LIMIT $1

-- done --
-- Which days since $1 were compared.
SELECT DISTINCT day FROM reconciliation WHERE day >= $1
