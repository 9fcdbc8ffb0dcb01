-- Events that are committed, with what tells whether they are sent; `position` orders those of an
-- aggregate that has no revision.
CREATE TABLE IF NOT EXISTS outbox (
    position   BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id         VARCHAR(64) NOT NULL,
    aggregate  VARCHAR(255) NOT NULL,
    revision   BIGINT NOT NULL,
    envelope   LONGTEXT NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    sent_at    DATETIME(6) NULL,
    UNIQUE KEY outbox_id (id),
    KEY outbox_unsent (aggregate, sent_at, revision, position),
    KEY outbox_waiting (sent_at, created_at)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Keys of the calls whose effect is committed.
CREATE TABLE IF NOT EXISTS inbox (
    `key`       VARCHAR(255) NOT NULL PRIMARY KEY,
    recorded_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    KEY inbox_recorded (recorded_at)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who publishes an aggregate's events now, and until when.
CREATE TABLE IF NOT EXISTS leases (
    aggregate VARCHAR(255) NOT NULL PRIMARY KEY,
    owner     VARCHAR(64) NOT NULL,
    `until`   DATETIME(6) NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
