-- What a list of comments shows: those that live, and those of members who left, as long as
-- replies of others hang on them.
ALTER TABLE comments ADD COLUMN listed BOOLEAN NOT NULL DEFAULT TRUE AFTER deleted;
-- A tombstone keeps nothing that shows who it was.
UPDATE comments SET listed = FALSE, author_name = '', author_avatar = '' WHERE deleted;
ALTER TABLE comments
    ADD INDEX listed_of_post (post_id, listed, created_at, id),
    ADD INDEX replies_of_comment (parent_id, deleted),
    ADD INDEX comments_of_author (author_id, deleted, created_at, id),
    ADD INDEX snapshots_of_author (author_id, deleted, author_revision),
    DROP INDEX comments_by_author;

-- What this service knows of members, for the names beside their comments. A deleted one stays
-- as a tombstone.
CREATE TABLE authors (
    id       VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name     TEXT         NOT NULL,
    avatar   TEXT         NOT NULL,
    revision BIGINT       NOT NULL,
    deleted  BOOLEAN      NOT NULL DEFAULT FALSE,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
