-- enter --
-- Begin the time of a process in a slot; its epoch.
SELECT enter_node($1)

-- claim --
-- Claim the open calls whose leaders do not live, or a part of them.
SELECT claim_calls($1, $2::bigint[], $3, $4)

-- leader --
SELECT leader_of($1)
