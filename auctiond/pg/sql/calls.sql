-- open --
-- Write down calls that begin, with their persons; return those that are new.
SELECT open_calls(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)

-- append --
-- Append events; 0: new, 1: the very same was there, 2: another was, 3: somebody else leads the call.
SELECT append_call_events(
    $1::uuid[], $2::int[], $3::text[], $4::bigint[], $5::jsonb[], $6::bigint[])

-- get --
SELECT c.*, cc.caller_index FROM call c LEFT JOIN call_caller cc ON cc.call_id = c.id
WHERE c.id = $1

-- by_ref --
SELECT c.*, cc.caller_index FROM call c LEFT JOIN call_caller cc ON cc.call_id = c.id
WHERE c.carrier = $1 AND c.call_ref = $2

-- recent --
-- The newest calls, or those before a given one.
SELECT c.*, cc.caller_index FROM call c LEFT JOIN call_caller cc ON cc.call_id = c.id
WHERE $2::uuid IS NULL OR c.id < $2 ORDER BY c.id DESC LIMIT $1

-- of_caller --
-- The newest calls of one caller.
SELECT c.*, cc.caller_index FROM call_caller cc JOIN call c ON c.id = cc.call_id
WHERE cc.caller_index = $1 ORDER BY cc.call_id DESC LIMIT $2

-- earlier --
-- The newest calls of a caller ($1) before call $2, since $3, at most $4, and whom each talked to;
-- without the refused ones. A call that goes on has said nothing yet: its talks are NULL.
SELECT c.id, c.campaign, c.publisher, e.data->'talks' AS talks
FROM call_caller cc JOIN call c ON c.id = cc.call_id
LEFT JOIN LATERAL (SELECT data FROM call_event WHERE call_id = c.id AND kind = 'ended'
    ORDER BY seq DESC LIMIT 1) e ON true
WHERE cc.caller_index = $1 AND cc.call_id < $2 AND cc.call_id >= $3
    AND e.data->>'disposition' IS DISTINCT FROM 'blocked'
ORDER BY cc.call_id DESC LIMIT $4

-- open_calls --
-- The calls that have not ended and that one epoch leads.
SELECT c.*, cc.caller_index
FROM call_open o JOIN call c ON c.id = o.call_id LEFT JOIN call_caller cc ON cc.call_id = c.id
WHERE leader_of(c.id) = $1 ORDER BY c.id

-- events_of --
SELECT call_id, seq, kind, at_ms, data::text, recorded_at
FROM call_event WHERE call_id = ANY ($1::uuid[]) ORDER BY call_id, seq

-- events --
SELECT call_id, seq, kind, at_ms, data::text, recorded_at
FROM call_event WHERE call_id = $1 ORDER BY seq

-- summaries --
-- How some calls ended; where money was settled later, the last word comes last.
SELECT call_id, data::text FROM call_event WHERE call_id = ANY ($1::uuid[]) AND kind = 'ended'
ORDER BY call_id, seq

-- put_leg --
INSERT INTO call_leg (call_id, leg, ref) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- legs --
SELECT leg, ref FROM call_leg WHERE call_id = $1 ORDER BY leg, recorded_at

-- leg_counts --
-- What became of the legs that ended since. A leg that was settled twice counts once.
SELECT campaign, target, count(*) AS offers, count(*) FILTER (WHERE answered) AS answered,
       count(*) FILTER (WHERE sold) AS sold
FROM (SELECT DISTINCT ON (e.call_id, e.data ->> 'leg') c.campaign, e.data ->> 'target' AS target,
             (e.data ->> 'answered')::boolean AS answered, (e.data ->> 'sold')::boolean AS sold
      FROM call_event e JOIN call c ON c.id = e.call_id
      WHERE e.kind = 'leg' AND e.at_ms > $1
      ORDER BY e.call_id, e.data ->> 'leg', e.seq DESC) AS legs
GROUP BY campaign, target
