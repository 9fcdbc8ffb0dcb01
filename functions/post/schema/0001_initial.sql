-- A deleted post stays as a tombstone without its text: its revision counts on, and its slug
-- is never given to another post.
CREATE TABLE posts (
    id              uuid        PRIMARY KEY,
    slug            text        COLLATE "C" NOT NULL,
    title           text        NOT NULL,
    summary         text        NOT NULL,
    content         text        NOT NULL,
    cover           text        NOT NULL,
    category        text        NOT NULL,
    tags            text[]      NOT NULL,
    featured        boolean     NOT NULL DEFAULT false,
    visits          bigint      NOT NULL DEFAULT 0,
    author_id       text        COLLATE "C" NOT NULL,
    author_name     text        NOT NULL,
    author_avatar   text        NOT NULL,
    author_revision bigint      NOT NULL,
    -- An event may overtake another, so a count may pass below zero on its way.
    likes           integer     NOT NULL DEFAULT 0,
    comments        integer     NOT NULL DEFAULT 0,
    revision        bigint      NOT NULL,
    deleted         boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT posts_slug UNIQUE (slug)
) WITH (fillfactor = 85); -- Room for a counter to change on its own page, with no index touched.

CREATE INDEX posts_newest ON posts (created_at DESC, id DESC) WHERE NOT deleted;
CREATE INDEX posts_by_author ON posts (author_id, author_revision) WHERE NOT deleted;

-- The members this service has heard of.
CREATE TABLE authors (
    id       text    COLLATE "C" PRIMARY KEY,
    name     text    NOT NULL,
    avatar   text    NOT NULL,
    revision bigint  NOT NULL,
    deleted  boolean NOT NULL DEFAULT false
);
