-- The effect on purpose is not idempotent: twice would show.
CREATE TABLE effects (
    subject text PRIMARY KEY,
    times integer NOT NULL
);
