-- What happened to targets by themselves or by hand: calls left unanswered, pauses, resumptions.
CREATE TABLE target_event (
    id           uuid PRIMARY KEY,
    target       text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('unanswered', 'paused', 'resumed')),
    at_ms        bigint NOT NULL,   -- Unix milliseconds.
    until_ms     bigint CHECK (until_ms IS NULL OR kind = 'paused'),
    done_by      text NOT NULL DEFAULT '',
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON target_event (at_ms);
CREATE INDEX ON target_event (target, at_ms DESC) WHERE kind <> 'unanswered';
CALL make_append_only('target_event');
GRANT SELECT, INSERT ON target_event TO auctiond_app;
GRANT SELECT ON target_event TO auctiond_reader;
