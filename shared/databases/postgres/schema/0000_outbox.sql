-- Events that are committed, with what tells whether they are sent; `position` orders those of an
-- aggregate that has no revision.
CREATE TABLE outbox (
    id         text PRIMARY KEY,
    aggregate  text NOT NULL,
    revision   bigint NOT NULL,
    position   bigint GENERATED ALWAYS AS IDENTITY,
    envelope   text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at    timestamptz
);
CREATE INDEX outbox_unsent ON outbox (aggregate, revision, position) WHERE sent_at IS NULL;
CREATE INDEX outbox_waiting ON outbox (created_at) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;

-- Keys of the calls whose effect is committed.
CREATE TABLE inbox (
    key         text PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX inbox_recorded ON inbox (recorded_at);

-- Who publishes an aggregate's events now, and until when.
CREATE TABLE leases (
    aggregate text PRIMARY KEY,
    owner     text NOT NULL,
    until     timestamptz NOT NULL
);
