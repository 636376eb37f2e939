-- begin --
SELECT begin_recording($1, $2, $3, $4, $5, $6)

-- tell --
SELECT tell_recording($1, $2, $3, $4, $5, $6, $7)

-- take --
SELECT * FROM take_recordings($1, $2, $3)

-- take_one --
SELECT * FROM take_recording($1, $2, $3)

-- move --
SELECT move_recording($1, $2, $3, $4, $5, $6, $7)

-- keep --
SELECT keep_recording($1, $2, $3, $4, $5, $6)

-- shorten --
SELECT shorten_keeping($1)

-- note --
INSERT INTO recording_event (recording_id, at_ms, what, why, by) VALUES ($1, $2, $3, $4, $5)

-- get --
SELECT * FROM recording WHERE id = $1

-- going --
-- What is being recorded of live calls, as far as is known: the last of each call comes last.
SELECT r.* FROM recording r JOIN call_open o ON o.call_id = r.call_id
WHERE r.state = 'asked' AND r.kind = 'talk' ORDER BY r.began_ms

-- recent --
-- The newest, newest first; before an id, of a call, in a state.
SELECT * FROM recording
WHERE ($2::uuid IS NULL OR (began_ms, id) < (SELECT b.began_ms, b.id FROM recording b WHERE b.id = $2))
  AND ($3::uuid IS NULL OR call_id = $3)
  AND ($4::text IS NULL OR state = $4)
ORDER BY began_ms DESC, id DESC LIMIT $1

-- events --
SELECT at_ms, what, why, by FROM recording_event WHERE recording_id = $1 ORDER BY no
