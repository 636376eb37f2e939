-- What some carriers record lies where they sent it (jambonz: a SIPREC server). It is neither here nor lost.
ALTER TABLE recording DROP CONSTRAINT recording_state_check;
ALTER TABLE recording ADD CONSTRAINT recording_state_check
    CHECK (state IN ('asked', 'told', 'kept', 'deleting', 'gone', 'lost', 'elsewhere'));
