-- Codes given out one by one; one that is given names its delivery, and is never given again.
CREATE TABLE codes (
    position INTEGER PRIMARY KEY,
    pool TEXT NOT NULL,
    code TEXT NOT NULL,
    loaded_at INTEGER NOT NULL,
    expires_at INTEGER,
    delivery_id TEXT,
    given_at INTEGER,
    UNIQUE (pool, code)
) STRICT;

CREATE INDEX codes_free ON codes (pool, expires_at, position) WHERE delivery_id IS NULL;
CREATE UNIQUE INDEX codes_given ON codes (delivery_id) WHERE delivery_id IS NOT NULL;
