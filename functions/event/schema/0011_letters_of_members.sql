-- Whom a dead letter may hold words of, so that their deletion finds it wherever its event is: in
-- the archive, kept apart, or nowhere, because what came was none. One id too many costs a look.
ALTER TABLE dead_letters ADD COLUMN members text[] NOT NULL DEFAULT '{}';
UPDATE dead_letters SET members = ARRAY(
    SELECT found[1] FROM regexp_matches(
        encode(body, 'escape') || ' ' || encode(coalesce(edited, ''), 'escape'),
        '\muser_[0-9A-Za-z_]{1,100}', 'g') AS found
    UNION
    SELECT member FROM event_keys JOIN events USING (sequence)
    WHERE event_keys.id = event_id AND member <> ''
    UNION
    SELECT member FROM event_conflicts WHERE event_conflicts.id = event_id AND member <> ''
);
CREATE INDEX dead_letters_members ON dead_letters USING gin (members) WHERE members <> '{}';

-- Who left before letters knew this: what is left of them there is redacted by whoever migrates.
ALTER TABLE departed ADD COLUMN letters_left boolean NOT NULL DEFAULT false;
UPDATE departed SET letters_left = true
    WHERE EXISTS (SELECT FROM dead_letters WHERE members @> ARRAY[member] AND members <> '{}');
CREATE INDEX departed_letters_left ON departed (member) WHERE letters_left;

-- `kept_at` is when a letter came to wait or was discarded, by this clock. Who sets it holds the
-- row to the commit: whoever has seen a time has seen all letters before it.
CREATE TABLE letter_clock (
    single boolean     PRIMARY KEY DEFAULT true CHECK (single),
    last   timestamptz NOT NULL
);
INSERT INTO letter_clock (last)
    SELECT greatest(max(kept_at), clock_timestamp()) FROM dead_letters;
