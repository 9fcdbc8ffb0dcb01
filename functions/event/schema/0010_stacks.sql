-- The way to the error, as the function told the platform; its end, when it was long.
ALTER TABLE dead_letters ADD COLUMN stack text NOT NULL DEFAULT '';
