-- The archive: whole partitions of the log whose events are in S3, in chunks. Their keys stay in
-- event_keys, so that an event is found by its id and its subject wherever it is.
CREATE TABLE archive (
    single     boolean     PRIMARY KEY DEFAULT true CHECK (single),
    -- Up to this sequence events are in the archive alone.
    last       bigint      NOT NULL DEFAULT 0,
    -- So long it is left to whoever moves it on.
    held_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO archive DEFAULT VALUES;

-- A chunk is planned before it is read, so that a redaction of what it is about to hold is noted
-- in `changed`, and it is read anew.
CREATE TABLE archive_chunks (
    first      bigint      PRIMARY KEY,
    last       bigint      NOT NULL UNIQUE CHECK (last >= first),
    -- Every attempt to write it has a generation, and with it a key of its own in the bucket.
    generation integer     NOT NULL DEFAULT 0,
    kept       boolean     NOT NULL DEFAULT false,
    changed    boolean     NOT NULL DEFAULT false,
    key        text        NOT NULL DEFAULT '',
    sha256     text        NOT NULL DEFAULT '',
    bytes      bigint      NOT NULL DEFAULT 0,
    -- How many events of each type, and whom the events concern that are not redacted.
    types      jsonb       NOT NULL DEFAULT '{}',
    members    text[]      NOT NULL DEFAULT '{}',
    recorded   timestamptz,  -- when its last event was kept
    -- Objects that were replaced, or that nobody finished: they are to be deleted.
    stale      text[]      NOT NULL DEFAULT '{}'
);
CREATE INDEX archive_chunks_members ON archive_chunks USING gin (members);
CREATE INDEX archive_chunks_stale ON archive_chunks (first) WHERE stale <> '{}';

-- Partitions whose chunks are all kept, with the manifest that names them.
CREATE TABLE archive_parts (
    first      bigint      PRIMARY KEY,
    last       bigint      NOT NULL UNIQUE,
    key        text        NOT NULL,
    sha256     text        NOT NULL DEFAULT '',
    -- A chunk has another key than the manifest says.
    outdated   boolean     NOT NULL DEFAULT true,
    dropped_at timestamptz
);

-- Who left and is still to be looked for in the archive.
ALTER TABLE departed ADD COLUMN archive_searched boolean NOT NULL DEFAULT false;
CREATE INDEX departed_unsearched ON departed (member) WHERE NOT archive_searched;

CREATE FUNCTION note_redaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_chunks SET changed = true
    WHERE first = (SELECT max(first) FROM archive_chunks WHERE first <= NEW.sequence)
        AND last >= NEW.sequence;
    RETURN NULL;
END
$$;
CREATE TRIGGER redaction_noted AFTER UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION note_redaction();
