-- Goal events credited to decisions. "decided_at" is the decision's "at": numbers go by its day.
CREATE TABLE conversions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    decision_id TEXT NOT NULL,
    trigger TEXT NOT NULL,
    event_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    value REAL
) STRICT;

CREATE INDEX conversions_by_time ON conversions (at, seq);
CREATE INDEX conversions_by_trigger ON conversions (trigger, at, seq);
CREATE INDEX conversions_by_profile ON conversions (profile_id, at, seq);
CREATE INDEX conversions_by_decision ON conversions (decision_id);
CREATE INDEX conversions_by_day ON conversions (decided_at);

-- Every statement about consent, also those that a newer one outweighs ("stands" is 0), and what a merge kept.
-- "profile_id" is who it was said of at the time; a split gives the rows to whose events they came with.
CREATE TABLE consent_log (
    seq INTEGER PRIMARY KEY,
    profile_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    granted INTEGER NOT NULL,
    at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    event_id TEXT NOT NULL,
    evidence TEXT NOT NULL,
    stands INTEGER NOT NULL
) STRICT;

CREATE INDEX consent_log_by_profile ON consent_log (profile_id, seq);

CREATE TRIGGER consent_log_is_append_only
BEFORE UPDATE OF seq, purpose, channel, granted, at, received_at, source, event_id, evidence, stands ON consent_log
BEGIN
    SELECT raise(ABORT, 'the consent ledger is append-only');
END;

-- People who came with an identifier that stayed another's: a withdrawal for a number is theirs as well.
CREATE INDEX links_of_others ON links (namespace, value) WHERE kind IN ('shared_device', 'over_limit', 'kept_apart');
