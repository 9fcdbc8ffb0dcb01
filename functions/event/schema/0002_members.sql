-- Whom an event concerns, so that their deletion finds it. What is redacted has lost its personal
-- fields and keeps its place.
ALTER TABLE events
    ADD COLUMN member   text    NOT NULL DEFAULT '',
    ADD COLUMN redacted boolean NOT NULL DEFAULT false;
ALTER TABLE event_conflicts ADD COLUMN member text NOT NULL DEFAULT '';
-- json's operators refuse U+0000, which no event of a member has.
UPDATE events SET member = coalesce(data -> 'author' ->> 'id', data ->> 'author_id',
                                    data ->> 'user_id', data ->> 'owner', '')
    WHERE subject NOT LIKE 'user/%' AND data::text NOT LIKE '%\u0000%';
UPDATE events SET member = substr(subject, 6) WHERE subject LIKE 'user/%';
UPDATE event_conflicts SET member = substr(subject, 6) WHERE subject LIKE 'user/%';
CREATE INDEX events_of_member ON events (member, sequence) WHERE member <> '' AND NOT redacted;
CREATE INDEX event_conflicts_of_member ON event_conflicts (member) WHERE member <> '';

-- Members who are gone: what comes of them late is kept without its personal fields.
CREATE TABLE departed (
    member text        PRIMARY KEY,
    at     timestamptz NOT NULL
);
