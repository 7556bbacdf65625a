-- What is wrong, or was: one row from the moment it is noticed, and everyone who is told of it. "tellings" has one
-- entry for each recipient and occasion; "waiting" is 1 while one of them is still to be told.
CREATE TABLE alerts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    hint TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    cleared_at INTEGER,
    tellings TEXT NOT NULL,
    waiting INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX alerts_open ON alerts (kind, what, name) WHERE cleared_at IS NULL;
CREATE INDEX alerts_waiting ON alerts (seq) WHERE waiting = 1;

-- How much each source brought in each hour (since 1970, UTC) of its arrival; imported history is not counted.
CREATE TABLE arrivals (
    source TEXT NOT NULL,
    hour INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;

INSERT INTO arrivals (source, hour, number, first_at, last_at)
SELECT source, received_at / 3600000, count(*), min(received_at), max(received_at) FROM events
WHERE received_at > (SELECT ifnull(max(received_at), 0) FROM events) - 691200000 AND arrived_at IS NULL
GROUP BY source, received_at / 3600000;
