-- Times are milliseconds since 1970, UTC. JSON is kept as text, raw events and profile states as bytes.
-- An index on a random key costs a page for each row of a commit. Where a list can afford to ask once for every
-- 1,024 rows, the index opens with (seq >> 10): then new entries fall into the few newest pages.

PRAGMA application_id = 1129662806;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    event TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    identifiers TEXT NOT NULL,
    reason TEXT NOT NULL,
    raw BLOB NOT NULL
) STRICT;

CREATE INDEX events_by_time ON events (received_at);
CREATE INDEX events_by_id ON events ((seq >> 10), id);
CREATE INDEX events_by_status ON events (status, received_at) WHERE status <> 'applied';
CREATE INDEX events_by_profile ON events ((seq >> 10), profile_id) WHERE profile_id <> '';

-- What took effect, by the sender's own id: kept for as long as a repeat must be recognised.
CREATE TABLE seen (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE profiles (
    id TEXT NOT NULL UNIQUE,
    state BLOB NOT NULL,
    next_due INTEGER
) STRICT;

CREATE INDEX profiles_by_due ON profiles (next_due) WHERE next_due IS NOT NULL;

CREATE TABLE identifiers (
    namespace TEXT NOT NULL,
    value TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    PRIMARY KEY (namespace, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX identifiers_by_profile ON identifiers (profile_id);

-- Ids of profiles that were merged away, each pointing straight at the one that stands.
CREATE TABLE aliases (
    old TEXT NOT NULL PRIMARY KEY,
    canonical TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX aliases_by_canonical ON aliases (canonical);

CREATE TABLE links (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    value TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    other_id TEXT NOT NULL
) STRICT;

CREATE INDEX links_by_profile ON links (profile_id);

CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    trigger TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reasons TEXT NOT NULL,
    at INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    key TEXT,
    version TEXT NOT NULL,
    shadow INTEGER NOT NULL
) STRICT;

CREATE INDEX decisions_by_time ON decisions (at);
CREATE INDEX decisions_by_trigger ON decisions (trigger, at);
CREATE INDEX decisions_by_outcome ON decisions (outcome, at);
CREATE INDEX decisions_by_profile ON decisions (profile_id, at);
CREATE INDEX decisions_by_event ON decisions ((seq >> 10), event_id);

-- The not_met decisions of one event, person and moment in one row; "triggers" has a line for each.
CREATE TABLE not_met (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    triggers TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX not_met_by_time ON not_met (at);

-- Where to look for a not_met row: checksums of its decisions' ids, its event and its profile, by (seq >> 10).
CREATE TABLE not_met_keys (
    bucket INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (bucket, checksum, seq)
) STRICT, WITHOUT ROWID;

-- "held" is 1 while an earlier delivery of the same person and destination is sending or retrying.
CREATE TABLE deliveries (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    decision_id TEXT NOT NULL,
    trigger TEXT NOT NULL,
    step INTEGER NOT NULL,
    destination TEXT NOT NULL,
    action TEXT NOT NULL,
    fields TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    status TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    message TEXT NOT NULL,
    reason TEXT NOT NULL,
    reference TEXT NOT NULL,
    expires_at INTEGER,
    attempts TEXT NOT NULL,
    held INTEGER NOT NULL
) STRICT;

CREATE INDEX deliveries_by_decision ON deliveries (decision_id);
CREATE INDEX deliveries_by_time ON deliveries (created_at);
CREATE INDEX deliveries_by_trigger ON deliveries (trigger, created_at);
CREATE INDEX deliveries_by_profile ON deliveries (profile_id, created_at);
CREATE INDEX deliveries_by_status ON deliveries (status, created_at) WHERE status <> 'delivered';

-- Finished deliveries are in none of these three.
CREATE INDEX deliveries_due ON deliveries (destination, due_at)
    WHERE held = 0 AND status IN ('scheduled', 'retrying');
CREATE INDEX deliveries_lane ON deliveries (profile_id, destination, position)
    WHERE status IN ('scheduled', 'sending', 'retrying');
CREATE INDEX deliveries_blocking ON deliveries (profile_id, destination, position)
    WHERE status IN ('sending', 'retrying');

CREATE TABLE keys (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Counted as rows come and change, so that nobody has to read the tables: events and not_met decisions by the
-- program, once for each commit, the rest by the triggers below.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER count_profile AFTER INSERT ON profiles BEGIN
    INSERT INTO counters VALUES ('profiles', 1)
    ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER discount_profile AFTER DELETE ON profiles BEGIN
    UPDATE counters SET value = value - 1 WHERE name = 'profiles';
END;

CREATE TRIGGER count_decision AFTER INSERT ON decisions BEGIN
    INSERT INTO counters VALUES ('decisions.' || new.outcome, 1)
    ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER count_delivery AFTER INSERT ON deliveries BEGIN
    INSERT INTO counters VALUES ('deliveries.' || new.status, 1)
    ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER recount_delivery AFTER UPDATE OF status ON deliveries WHEN old.status <> new.status BEGIN
    UPDATE counters SET value = value - 1 WHERE name = 'deliveries.' || old.status;
    INSERT INTO counters VALUES ('deliveries.' || new.status, 1)
    ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
