-- add --
SELECT * FROM suppress($1, $2::bytea[], $3, $4)

-- remove --
SELECT unsuppress($1, $2::bytea[], $3, $4)

-- of_number --
SELECT list FROM suppression WHERE number_index = $1 ORDER BY at_ms, list LIMIT 1

-- lists --
SELECT list, count(*) AS count, max(at_ms) AS newest_ms FROM suppression GROUP BY list ORDER BY list

-- keep_lookup --
SELECT keep_lookup($1, $2, $3, $4, $5)

-- answers --
SELECT lookup, answer FROM lookup_answer WHERE number_index = $1 AND gone_ms > $2

-- prune_lookups --
SELECT prune_lookups($1)
