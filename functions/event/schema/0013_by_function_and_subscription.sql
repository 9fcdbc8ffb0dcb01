-- What waits is counted by function, and told of by subscription, in an index alone, however much
-- it is.
CREATE INDEX dead_letters_waiting ON dead_letters (function) WHERE state = 'waiting';
CREATE INDEX deliveries_by_subscription ON deliveries (subscription_id, next_at)
    WHERE state = 'waiting';
DROP INDEX deliveries_waiting;
DROP INDEX deliveries_due;
-- Deliveries that somebody tries, or fell while trying: never many.
CREATE INDEX deliveries_held ON deliveries (subscription_id)
    WHERE state = 'waiting' AND held_until > '-infinity';
-- How many attempts of it may be under way: more, as long as they are quick.
ALTER TABLE subscriptions ADD COLUMN room integer NOT NULL DEFAULT 4 CHECK (room > 0);
