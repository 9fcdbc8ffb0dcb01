-- Who is told of events by a callback. Its secret is derived, and kept nowhere.
CREATE TABLE subscriptions (
    id             text        PRIMARY KEY,
    type           text        NOT NULL,
    url            text        NOT NULL,
    state          text        NOT NULL DEFAULT 'active'
                               CHECK (state IN ('active', 'disabled', 'removed')),
    created_by     text        NOT NULL,
    created_at     timestamptz NOT NULL,
    delivered      bigint      NOT NULL DEFAULT 0,
    failed         bigint      NOT NULL DEFAULT 0,
    -- Since when no delivery has come through.
    failing_since  timestamptz,
    last_status    integer     NOT NULL DEFAULT 0,
    last_error     text        NOT NULL DEFAULT '',
    last_tried_at  timestamptz
);
CREATE INDEX subscriptions_newest ON subscriptions (created_at DESC, id DESC);

-- One for each event and subscription. The payload stays in the log alone, so that what is
-- redacted there is redacted here.
CREATE TABLE deliveries (
    id              text        PRIMARY KEY,
    subscription_id text        NOT NULL REFERENCES subscriptions,
    event_id        text        NOT NULL,
    type            text        NOT NULL,
    state           text        NOT NULL DEFAULT 'waiting'
                                CHECK (state IN ('waiting', 'delivered', 'failed', 'dropped')),
    attempts        integer     NOT NULL DEFAULT 0,
    last_status     integer     NOT NULL DEFAULT 0,
    last_error      text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    -- When it is tried next, and until when somebody tries it.
    next_at         timestamptz NOT NULL,
    held_until      timestamptz NOT NULL DEFAULT '-infinity',
    settled_at      timestamptz,
    UNIQUE (subscription_id, event_id)
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_waiting ON deliveries (subscription_id) WHERE state = 'waiting';
CREATE INDEX deliveries_newest ON deliveries (subscription_id, created_at DESC, id DESC);
CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL;
