-- The functions in whose queues a run found no room, when it was moved last.
ALTER TABLE runs ADD COLUMN waits_for text[] NOT NULL DEFAULT '{}';
