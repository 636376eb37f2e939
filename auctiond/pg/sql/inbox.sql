-- put --
-- Write webhooks down in the order given; return those that are new.
INSERT INTO webhook_inbox (carrier, event_id, call_ref, sealed_body, received_at)
SELECT carrier, event_id, call_ref, sealed_body, received_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[])
    WITH ORDINALITY AS u (carrier, event_id, call_ref, sealed_body, received_at, no)
ORDER BY no
ON CONFLICT DO NOTHING
RETURNING carrier, event_id

-- ours --
-- Which webhooks are there with our very seal: from a write whose answer was lost with the
-- connection, as no two deliveries are sealed alike. They are new to who asks, all the same.
SELECT carrier, event_id
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS u (carrier, event_id, sealed_body)
JOIN webhook_inbox i USING (carrier, event_id)
WHERE i.sealed_body = u.sealed_body

-- of_call --
-- All webhooks of a call, in the order they came; of one that we began, of all its phone calls.
SELECT carrier, event_id, call_ref, sealed_body, received_at
FROM webhook_inbox
WHERE call_ref = $1 OR call_ref IN (
    SELECT s.call_ref FROM call c JOIN call_session s ON s.call_id = c.id WHERE c.call_ref = $1)
ORDER BY no

-- unclaimed --
-- What came since then and belongs to no call that is on record.
SELECT i.carrier, i.event_id, i.call_ref, i.sealed_body, i.received_at
FROM webhook_inbox i
WHERE i.received_at >= $1
  AND NOT EXISTS (SELECT FROM call c WHERE c.carrier = i.carrier AND c.call_ref = i.call_ref)
  AND NOT EXISTS (
    SELECT FROM call_session s WHERE s.carrier = i.carrier AND s.call_ref = i.call_ref)
ORDER BY i.no

-- prune --
SELECT prune_inbox($1)
