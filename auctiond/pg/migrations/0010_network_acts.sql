-- What was prepared, and who did what to the network, when. A stage is a text that may come into
-- force later; a version is one that did.
CREATE TABLE network_stage (
    no          int PRIMARY KEY CHECK (no > 0),
    staged_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    staged_by   text NOT NULL,
    based_on    int NOT NULL,   -- The version that was in force, which its author saw.
    sealed      bytea NOT NULL CHECK (length(sealed) > 31 AND get_byte(sealed, 0) = 1)
);
CALL make_append_only('network_stage');

CREATE TABLE network_act (
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    no       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act      text NOT NULL
             CHECK (act IN ('applied', 'rolled_back', 'staged', 'scheduled', 'dropped', 'failed')),
    by       text NOT NULL,
    version  int REFERENCES network_version,   -- That came into force by it.
    stage    int REFERENCES network_stage,
    due      timestamptz,                      -- When it is to come into force.
    note     text NOT NULL DEFAULT '',
    changes  text[] NOT NULL DEFAULT '{}'      -- Callers in short, never their numbers.
);
CREATE INDEX ON network_act (version);
CREATE INDEX ON network_act (stage);
CALL make_append_only('network_act');

GRANT SELECT, INSERT ON network_stage, network_act TO auctiond_app;
GRANT SELECT ON network_stage, network_act TO auctiond_reader;
