-- A deleted comment stays as a tombstone without its text: its revision counts on.
-- Every time is UTC.
CREATE TABLE comments (
    id              CHAR(36)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    post_id         CHAR(36)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    parent_id       CHAR(36)     CHARACTER SET ascii COLLATE ascii_bin NULL,
    text            TEXT         NOT NULL,
    author_id       VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    author_name     TEXT         NOT NULL,
    author_avatar   TEXT         NOT NULL,
    author_revision BIGINT       NOT NULL,
    revision        BIGINT       NOT NULL,
    deleted         BOOLEAN      NOT NULL DEFAULT FALSE,
    created_at      DATETIME(6)  NOT NULL,
    edited_at       DATETIME(6)  NULL,
    PRIMARY KEY (id),
    INDEX comments_of_post (post_id, deleted, created_at, id),
    INDEX comments_by_author (author_id, author_revision)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;

-- The posts this service has heard of. A deleted one stays as a tombstone.
CREATE TABLE posts (
    id       CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    revision BIGINT   NOT NULL,
    deleted  BOOLEAN  NOT NULL DEFAULT FALSE,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
