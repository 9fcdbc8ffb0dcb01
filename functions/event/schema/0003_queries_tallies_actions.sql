-- What is asked of the log besides: what belongs together, and where a time is. Events are kept
-- under one lock, so that these times are in the order of the sequences.
CREATE INDEX events_correlation ON events (correlationid, sequence) WHERE correlationid <> '';
CREATE INDEX events_recorded ON events (recorded_at, sequence);

-- How many events of each type there are. Whoever appends holds the lock of the log already, so
-- that nobody waits for these rows besides.
CREATE TABLE event_tallies (
    type   text   PRIMARY KEY,
    events bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO event_tallies SELECT type, count(*) FROM events GROUP BY type;

-- What operators did, to what, and why: rows are only ever added.
CREATE TABLE actions (
    position bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    caller   text        NOT NULL,
    action   text        NOT NULL,
    target   text        NOT NULL,
    why      text        NOT NULL DEFAULT ''
);
CREATE INDEX actions_on ON actions (target, position);
INSERT INTO actions (at, caller, action, target)
    SELECT at, caller, 'dead letter retried', dead_letter_id FROM dead_letter_actions
    ORDER BY position;
DROP TABLE dead_letter_actions;
