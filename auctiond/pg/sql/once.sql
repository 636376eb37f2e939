-- begin --
SELECT * FROM begin_once($1, $2, $3, $4, $5, $6, $7, $8)

-- end --
SELECT end_once($1, $2, $3, $4)

-- drop --
SELECT drop_once($1, $2)

-- prune --
SELECT prune_once($1)
