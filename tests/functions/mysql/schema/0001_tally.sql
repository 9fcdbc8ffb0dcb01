CREATE TABLE aggregates (id VARCHAR(200) NOT NULL PRIMARY KEY, revision BIGINT NOT NULL);
-- What an event does twice when it is handled twice: a number grows, a row is added.
CREATE TABLE counters (subject VARCHAR(200) NOT NULL PRIMARY KEY, n BIGINT NOT NULL);
CREATE TABLE effects (
    position BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    event VARCHAR(64) NOT NULL
);
