-- keep --
-- Put the counts of meters in their place, and forget days that are over.
SELECT keep_ping_counts($1::text[], $2::bigint[], $3::bigint[], $4)

-- kept --
SELECT meter, until_ms, pings FROM ping_count WHERE until_ms > $1
