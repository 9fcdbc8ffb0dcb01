-- Only who asks for positions above 0, as all are, may use this index. Both indexes held the same
-- rows, and while these were few, PostgreSQL looked up an aggregate in the one that does not know
-- aggregates, through the entries of all that was sent since the last vacuum.
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (created_at) WHERE sent_at IS NULL AND position > 0;
