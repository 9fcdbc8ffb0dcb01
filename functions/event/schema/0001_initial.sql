-- The log. One row is the lock under which sequences are given: they have no gaps, and a reader
-- that has seen one has seen all before it.
CREATE TABLE event_log (
    single         boolean PRIMARY KEY DEFAULT true CHECK (single),
    last           bigint  NOT NULL DEFAULT 0,
    -- The last sequence that a partition is there for, and how many each new one takes. One
    -- partition is always spare, so that a batch never has to wait for one.
    capacity       bigint  NOT NULL DEFAULT 0,
    partition_rows bigint  NOT NULL DEFAULT 1000000 CHECK (partition_rows > 0)
);
INSERT INTO event_log DEFAULT VALUES;

-- A partitioned table cannot keep these unique over all of its partitions, so a table of its own
-- does. Events without a revision are unique by id alone: NULLs do not clash.
CREATE TABLE event_keys (
    sequence bigint PRIMARY KEY,
    id       text   NOT NULL UNIQUE,
    subject  text   NOT NULL,
    revision bigint,
    UNIQUE (subject, revision)
);

CREATE TABLE events (
    sequence      bigint      NOT NULL,
    id            text        NOT NULL,
    type          text        NOT NULL,
    source        text        NOT NULL,
    subject       text        NOT NULL,
    revision      bigint,
    time          timestamptz NOT NULL,
    dataschema    text        NOT NULL,
    correlationid text        NOT NULL,
    causationid   text        NOT NULL,
    traceparent   text        NOT NULL,
    -- Not jsonb: an event is kept as it came, also with what jsonb refuses (U+0000).
    data          json        NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sequence)
) PARTITION BY RANGE (sequence);
CREATE INDEX events_type ON events (type, sequence);
CREATE INDEX events_subject ON events (subject, sequence);

-- Makes the next partition and gives its last sequence. The partition is attached, not created
-- in place: that would lock out everyone who reads the log.
CREATE FUNCTION extend_event_log() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    first bigint;
    beyond bigint;
    name text;
BEGIN
    SELECT capacity + 1, capacity + 1 + partition_rows INTO first, beyond FROM event_log;
    name := 'events_from_' || first;
    EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                   name, first, beyond);
    UPDATE event_log SET capacity = beyond - 1;
    RETURN beyond - 1;
END
$$;
SELECT extend_event_log(), extend_event_log();

-- Events that claim a revision which another event has: a defect of their publisher.
CREATE TABLE event_conflicts (
    id         text        PRIMARY KEY,
    subject    text        NOT NULL,
    revision   bigint      NOT NULL,
    kept_id    text        NOT NULL,
    envelope   json        NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What a function could not handle, once per event and function.
CREATE TABLE dead_letters (
    id              text        PRIMARY KEY,
    event_id        text        NOT NULL,
    function        text        NOT NULL,
    type            text        NOT NULL,
    reason          text        NOT NULL,
    attempts        integer     NOT NULL,
    last_status     integer     NOT NULL,
    last_error      text        NOT NULL,
    first_failed_at timestamptz NOT NULL,
    last_failed_at  timestamptz NOT NULL,
    state           text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'retried')),
    retried_by      text        NOT NULL DEFAULT '',
    retried_at      timestamptz,
    traceparent     text        NOT NULL,
    body            bytea       NOT NULL,
    UNIQUE (event_id, function)
);
CREATE INDEX dead_letters_newest ON dead_letters (last_failed_at DESC, id DESC);

-- Who did what to a dead letter: rows are only ever added.
CREATE TABLE dead_letter_actions (
    position       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dead_letter_id text        NOT NULL REFERENCES dead_letters,
    action         text        NOT NULL,
    caller         text        NOT NULL,
    at             timestamptz NOT NULL
);
CREATE INDEX dead_letter_actions_of ON dead_letter_actions (dead_letter_id, position);
