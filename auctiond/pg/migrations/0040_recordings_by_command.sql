-- Where a carrier says which of our commands began a recording, the news is of that one alone: by
-- time, two of one call that ended within a second were taken for each other.
DROP FUNCTION tell_recording;

-- Take down the carrier's news that a recording of a call is there: of the one that `command` began
-- (a recording goes by that id), or, where that is not told, of the one that began next to it. The
-- same news twice is one; news that nobody asked for are none. Returns its id, or NULL.
CREATE FUNCTION tell_recording(
    call uuid, told text, began bigint, at_ms bigint, duration bigint, count int, command uuid
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    which uuid;
BEGIN
    SELECT id INTO which FROM recording r WHERE r.call_id = call AND r.news = told;
    IF FOUND THEN
        RETURN which;
    END IF;
    UPDATE recording SET state = 'told', news = told, duration_ms = duration, channels = count,
        due_ms = at_ms, tries = 0, lease_ms = 0
        WHERE id = (SELECT id FROM recording r WHERE r.call_id = call AND r.state = 'asked'
            AND (command IS NULL OR r.id = command)
            ORDER BY abs(r.began_ms - began), r.began_ms LIMIT 1 FOR UPDATE)
        RETURNING id INTO which;
    IF FOUND THEN
        INSERT INTO recording_event (recording_id, at_ms, what, why, by)
            VALUES (which, at_ms, 'told', '', 'server');
    END IF;
    RETURN which;
END $$;
GRANT EXECUTE ON FUNCTION tell_recording TO auctiond_app;
