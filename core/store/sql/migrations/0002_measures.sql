-- What segments, computed traits and counts are filled from, and the numbers that are shown without reading tables.

-- An imported event is mapped again as of its first arrival; NULL for one that came live. "call" is the event in
-- Segment's spelling where the raw bytes alone do not tell it.
ALTER TABLE events ADD COLUMN arrived_at INTEGER;
ALTER TABLE events ADD COLUMN is_public INTEGER NOT NULL DEFAULT 0;

-- Each event names the one before it of the same profile, 0 for the first: so all of one person's are found without
-- an index, whose random keys would cost a page for each. NULL: not known, as in rows from before this step.
ALTER TABLE events ADD COLUMN previous INTEGER;
ALTER TABLE events ADD COLUMN call BLOB NOT NULL DEFAULT x'';
ALTER TABLE profiles ADD COLUMN last_event INTEGER;
ALTER TABLE aliases ADD COLUMN last_event INTEGER;

-- Which measures a profile covers. It is no part of the statement that writes profiles, which would move the entry
-- in the index each time.
ALTER TABLE profiles ADD COLUMN measures TEXT NOT NULL DEFAULT '';
CREATE INDEX profiles_by_measures ON profiles (measures);

CREATE TABLE memberships (
    segment TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (segment, profile_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_by_time ON memberships (segment, since, profile_id);
CREATE INDEX memberships_by_profile ON memberships (profile_id);

CREATE TRIGGER count_member AFTER INSERT ON memberships BEGIN
    INSERT INTO counters VALUES ('segments.' || new.segment, 1)
    ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER discount_member AFTER DELETE ON memberships BEGIN
    UPDATE counters SET value = value - 1 WHERE name = 'segments.' || old.segment;
END;

-- Decisions by trigger and day of their "at", in days since 1970, UTC. "gate" is the one that is counted: the first
-- that failed. The not_met ones are counted by the program, the rest by the trigger below.
ALTER TABLE decisions ADD COLUMN gate TEXT NOT NULL DEFAULT '';

CREATE TABLE daily (
    trigger TEXT NOT NULL,
    day INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    gate TEXT NOT NULL,
    number INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (trigger, day, outcome, gate)
) STRICT, WITHOUT ROWID;

CREATE TEMP VIEW gates (place, gate) AS
VALUES (1, 'anchor'), (2, 'only_if'), (3, 'limits'), (4, 'group'), (5, 'consent'), (6, 'caps'), (7, 'quiet_hours');

UPDATE decisions SET gate = ifnull(
    (
        SELECT gates.gate FROM gates, json_each(decisions.reasons) AS reason
        WHERE json_extract(reason.value, '$.gate') = gates.gate AND NOT json_extract(reason.value, '$.passed')
        ORDER BY gates.place LIMIT 1
    ),
    ''
)
WHERE outcome <> 'fired';

INSERT INTO daily (trigger, day, outcome, gate, number, last_at)
SELECT trigger, at / 86400000, outcome, gate, count(*), max(at) FROM decisions GROUP BY 1, 2, 3, 4;

INSERT INTO daily (trigger, day, outcome, gate, number, last_at)
SELECT trigger, day, 'not_met', gate, count(*), max(at) FROM (
    SELECT
        not_met.at AS at,
        not_met.at / 86400000 AS day,
        json_extract(entry.value, '$[1]') AS trigger,
        ifnull(
            (
                SELECT gates.gate FROM gates, json_each(entry.value, '$[2]') AS reason
                WHERE json_extract(reason.value, '$.gate') = gates.gate AND NOT json_extract(reason.value, '$.passed')
                ORDER BY gates.place LIMIT 1
            ),
            ''
        ) AS gate
    FROM not_met, json_each(not_met.body) AS entry
)
GROUP BY 1, 2, 3, 4
ON CONFLICT DO NOTHING;

DROP VIEW gates;

CREATE TRIGGER count_day AFTER INSERT ON decisions BEGIN
    INSERT INTO daily VALUES (new.trigger, new.at / 86400000, new.outcome, new.gate, 1, new.at)
    ON CONFLICT (trigger, day, outcome, gate) DO UPDATE
    SET number = number + 1, last_at = max(last_at, excluded.last_at);
END;
