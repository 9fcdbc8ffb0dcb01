CREATE TABLE commits (
    event text        PRIMARY KEY,
    at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- No key but the place: an event that is handled twice is here twice.
CREATE TABLE arrivals (
    position bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    function text        NOT NULL,
    event    text        NOT NULL,
    subject  text        NOT NULL,
    revision bigint,
    attempt  integer     NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX arrivals_of ON arrivals (function, event);
