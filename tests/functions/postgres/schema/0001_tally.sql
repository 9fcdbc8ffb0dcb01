CREATE TABLE aggregates (id text PRIMARY KEY, revision bigint NOT NULL);
-- What an event does twice when it is handled twice: a number grows, a row is added.
CREATE TABLE counters (subject text PRIMARY KEY, n bigint NOT NULL);
CREATE TABLE tries (event text PRIMARY KEY, first timestamptz NOT NULL);
CREATE TABLE effects (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event text NOT NULL
);
