-- How the calls offered to each target went is counted from the rows of ended legs.
CREATE INDEX ON call_event (at_ms) WHERE kind = 'leg';
