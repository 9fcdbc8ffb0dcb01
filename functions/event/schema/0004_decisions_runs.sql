-- What differs between two failures of one cause: ids, numbers, and what stands in quotes.
CREATE FUNCTION pattern_of(error text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(regexp_replace(regexp_replace(error, '''[^'']*''', '''…''', 'g'),
                               '\m(user_\w+|[0-9a-f]{4,}(-[0-9a-f]{4,})*|[0-9]+)\M', '…', 'g'),
                300)
$$;
ALTER TABLE dead_letters
    ADD COLUMN pattern text GENERATED ALWAYS AS (pattern_of(last_error)) STORED,
    -- Function, reason and pattern in one short text, by which letters of one cause are found.
    ADD COLUMN cause text GENERATED ALWAYS AS
        (md5(function || chr(10) || reason || chr(10) || pattern_of(last_error))) STORED,
    ADD COLUMN function_version text NOT NULL DEFAULT '',
    -- When we learned of the failure: an operator who looked then has seen it.
    ADD COLUMN kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The letter that was sent again under another event's id, and failed as this one.
    ADD COLUMN retry_of text NOT NULL DEFAULT '',
    -- What is sent in place of `body`, which stays as it came.
    ADD COLUMN edited bytea,
    ADD COLUMN edited_by text NOT NULL DEFAULT '',
    ADD COLUMN edited_at timestamptz,
    ADD COLUMN discarded_by text NOT NULL DEFAULT '',
    ADD COLUMN discarded_at timestamptz,
    ADD COLUMN why text NOT NULL DEFAULT '',
    ADD COLUMN run text,
    DROP CONSTRAINT dead_letters_state_check,
    ADD CHECK (state IN ('waiting', 'retrying', 'retried', 'discarded'));
CREATE INDEX dead_letters_by_state ON dead_letters (state, last_failed_at DESC, id DESC);
CREATE INDEX dead_letters_by_function ON dead_letters (function, last_failed_at DESC, id DESC);
CREATE INDEX dead_letters_by_cause ON dead_letters (cause, state, last_failed_at DESC, id DESC);
-- Causes are counted in this index alone, whatever the letters hold.
CREATE INDEX dead_letters_causes ON dead_letters (state, cause, last_failed_at)
    INCLUDE (first_failed_at, kept_at);
CREATE INDEX dead_letters_of_run ON dead_letters (run, id) WHERE state = 'retrying';

-- Work that goes on at a rate: a slice of the log told to one function again, or dead letters
-- sent again. `position` and `beyond` are places in the log; `held_until` keeps others away from
-- a run that somebody moves.
CREATE TABLE runs (
    id         text        PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('replay', 'retry')),
    state      text        NOT NULL DEFAULT 'running'
                           CHECK (state IN ('running', 'paused', 'cancelled', 'done')),
    function   text        NOT NULL DEFAULT '',
    types      text[]      NOT NULL DEFAULT '{}',
    subject    text        NOT NULL DEFAULT '',
    position   bigint      NOT NULL DEFAULT 0,
    beyond     bigint      NOT NULL DEFAULT 0,
    total      bigint      NOT NULL,
    done       bigint      NOT NULL DEFAULT 0,
    rate       integer     NOT NULL CHECK (rate > 0),
    started_by text        NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    moved_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    held_until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX runs_running ON runs (moved_at) WHERE state = 'running';
CREATE INDEX runs_newest ON runs (started_at DESC, id DESC);
