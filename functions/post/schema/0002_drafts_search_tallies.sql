-- A post is public from published_at on: a draft and a tombstone have none.
ALTER TABLE posts
    ADD COLUMN published_at timestamptz,
    -- Categories are one whatever the case they are written in.
    ADD COLUMN category_key text GENERATED ALWAYS AS (lower(category)) STORED;
UPDATE posts SET published_at = created_at WHERE NOT deleted;
-- Nothing of its author stays in a tombstone but the id.
UPDATE posts SET author_name = '', author_avatar = '' WHERE deleted;

-- Words are found without their accents and by their stems. There are no stop words: posts come
-- in many languages, and "to be or not to be" is worth finding. unaccent is a trusted extension
-- of PostgreSQL's own packages: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE TEXT SEARCH DICTIONARY fanfold_stem (TEMPLATE = snowball, LANGUAGE = english);
CREATE TEXT SEARCH CONFIGURATION fanfold (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION fanfold
    ALTER MAPPING FOR asciiword, asciihword, hword_asciipart WITH fanfold_stem;
ALTER TEXT SEARCH CONFIGURATION fanfold
    ALTER MAPPING FOR word, hword, hword_part WITH unaccent, fanfold_stem;

-- For arrays of text, array_to_string always gives the same; PostgreSQL cannot know that.
CREATE FUNCTION searchable(title text, summary text, tags text[], content text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(to_tsvector('fanfold', title), 'A')
        || setweight(to_tsvector('fanfold', summary), 'B')
        || setweight(to_tsvector('fanfold', array_to_string(tags, ' ')), 'C')
        || setweight(to_tsvector('fanfold', content), 'D');
ALTER TABLE posts ADD COLUMN search tsvector
    GENERATED ALWAYS AS (searchable(title, summary, tags, content)) STORED;

-- What is counted changes often and is sorted by: apart from the posts, so that a like never
-- touches their wide rows and many indexes.
CREATE TABLE tallies (
    post_id  uuid    PRIMARY KEY,
    likes    integer NOT NULL DEFAULT 0,
    comments integer NOT NULL DEFAULT 0,
    visits   bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 85);
INSERT INTO tallies (post_id, likes, comments, visits)
    SELECT id, greatest(likes, 0), greatest(comments, 0), visits FROM posts WHERE NOT deleted;
ALTER TABLE posts DROP COLUMN likes, DROP COLUMN comments, DROP COLUMN visits;

-- Which likes and comments stand, by their latest revision: an event that comes again, late or
-- in a replay changes no count. The key is a digest, so that no member is named here.
CREATE TABLE reactions (
    key      bytea   PRIMARY KEY,
    post_id  uuid    NOT NULL,
    revision bigint  NOT NULL,
    stands   boolean NOT NULL,
    stood    boolean NOT NULL
);

-- Who visited a post lately, as a digest that names nobody. Each reader writes a row of their
-- own; what is pending is added to the tallies by the relay's clock.
CREATE TABLE visits (
    post_id uuid        NOT NULL,
    reader  bytea       NOT NULL,
    at      timestamptz NOT NULL,
    pending integer     NOT NULL,
    PRIMARY KEY (post_id, reader)
);

DROP INDEX posts_newest;
CREATE INDEX posts_newest ON posts (published_at DESC, id DESC)
    WHERE published_at IS NOT NULL;
CREATE INDEX posts_by_category ON posts (category_key, published_at DESC, id DESC)
    INCLUDE (category) WHERE published_at IS NOT NULL;
CREATE INDEX posts_of_author ON posts (author_id, published_at DESC, id DESC)
    WHERE published_at IS NOT NULL;
CREATE INDEX posts_featured ON posts (published_at DESC, id DESC)
    WHERE featured AND published_at IS NOT NULL;
CREATE INDEX posts_drafts ON posts (author_id, updated_at DESC, id DESC)
    WHERE published_at IS NULL AND NOT deleted;
CREATE INDEX posts_by_tag ON posts USING gin (tags) WHERE published_at IS NOT NULL;
CREATE INDEX posts_search ON posts USING gin (search) WHERE published_at IS NOT NULL;
CREATE INDEX tallies_likes ON tallies (likes DESC, post_id DESC);
CREATE INDEX tallies_comments ON tallies (comments DESC, post_id DESC);
CREATE INDEX tallies_visits ON tallies (visits DESC, post_id DESC);
CREATE INDEX reactions_of_post ON reactions (post_id);
CREATE INDEX visits_pending ON visits (post_id) WHERE pending > 0;
CREATE INDEX visits_old ON visits (at);
