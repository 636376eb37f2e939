-- add --
INSERT INTO target_event (id, target, kind, at_ms, until_ms, done_by)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING

-- since --
-- What happened since, and each target's last pause or resumption, in the order of time. Who
-- paused and was resumed in one millisecond is resumed: the kinds sort that way.
SELECT id, target, kind, at_ms, until_ms, done_by FROM target_event WHERE at_ms > $1
UNION
(SELECT DISTINCT ON (target) id, target, kind, at_ms, until_ms, done_by FROM target_event
 WHERE kind <> 'unanswered' ORDER BY target, at_ms DESC, kind DESC)
ORDER BY at_ms, kind, id
