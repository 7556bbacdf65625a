-- name: last
SELECT ifnull(max(seq), 0) FROM events;

-- name: known
SELECT 1 FROM seen WHERE source = ? AND id = ? AND at >= ?;

-- name: add
-- The last value is the event before it of the same profile where that comes in the same call.
INSERT INTO events (
    seq, id, source, type, event, timestamp, received_at, status, raw, profile_id, identifiers, reason,
    arrived_at, is_public, call, previous
)
VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
    ifnull(?16, (SELECT CASE count(*) WHEN 0 THEN 0 ELSE max(last_event) END FROM profiles WHERE id = ?10))
);

-- name: see
INSERT INTO seen (source, id, at) VALUES (?, ?, ?)
ON CONFLICT (source, id) DO UPDATE SET at = max(at, excluded.at);

-- name: after
-- Events in order of arrival, for the purge to walk along.
SELECT seq, source, id, received_at FROM events WHERE seq > ? ORDER BY seq LIMIT ?;

-- name: forget
DELETE FROM seen WHERE source = ? AND id = ? AND at < ?;

-- name: rows
SELECT
    seq, id, source, type, event, timestamp, received_at, status, raw, profile_id, identifiers, reason,
    arrived_at, is_public
FROM events

-- name: whole rows
SELECT
    seq, id, source, type, event, timestamp, received_at, status, raw, profile_id, identifiers, reason,
    arrived_at, is_public, call
FROM events
WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY timestamp, seq;

-- name: stored
-- All there is, whole, in the order of arrival.
SELECT
    seq, id, source, type, event, timestamp, received_at, status, raw, profile_id, identifiers, reason,
    arrived_at, is_public, call
FROM events WHERE seq > ? ORDER BY seq LIMIT ?;

-- name: aside
-- What had no effect, whole, the first to arrive first.
SELECT
    seq, id, source, type, event, timestamp, received_at, status, raw, profile_id, identifiers, reason,
    arrived_at, is_public, call
FROM events INDEXED BY events_by_status
WHERE status <> 'applied' AND status = :status AND (received_at, seq) > (:at, :number)
AND (:source = '' OR source = :source)
AND (:ids = '[]' OR id IN (SELECT value FROM json_each(:ids)))
ORDER BY received_at, seq LIMIT :limit;

-- name: status of
SELECT status FROM events WHERE seq = ?;

-- name: mend
UPDATE events SET status = ?, reason = ? WHERE seq = ?;

-- name: drop
DELETE FROM events WHERE seq = ?;

-- name: chain
-- Walk back from the last event of each of a person's ids, as far as each names the one before it.
WITH RECURSIVE walk (seq) AS (
    SELECT value FROM json_each(?1) WHERE value > 0
    UNION ALL
    SELECT e.previous FROM walk CROSS JOIN events AS e ON e.seq = walk.seq
    WHERE e.previous > 0 AND e.previous < e.seq
)
SELECT e.seq, e.event, e.profile_id, e.previous FROM walk CROSS JOIN events AS e ON e.seq = walk.seq;

-- name: names of profiles
SELECT seq, event, profile_id, 0 FROM events WHERE

-- name: of profiles
-- A condition: the events of any of these profiles, looked up once for every 1,024 events.
seq IN (
    WITH RECURSIVE bucket (n) AS (
        SELECT max(seq) >> 10 FROM events UNION ALL SELECT n - 1 FROM bucket WHERE n > 0
    )
    SELECT found.seq FROM bucket
    CROSS JOIN events AS found INDEXED BY events_by_profile ON (found.seq >> 10) = bucket.n
    WHERE found.profile_id <> '' AND found.profile_id IN (SELECT value FROM json_each(:profiles))
)

-- name: of trigger
-- A condition: the events that some decision of this trigger goes back to.
id IN (
    SELECT event_id FROM decisions WHERE trigger = :trigger
    UNION ALL
    SELECT event_id FROM not_met WHERE instr(triggers, :mark) > 0
)

-- name: by id
-- Of several with one id, the one that took effect, and of those the newest.
WITH RECURSIVE bucket (n) AS (
    SELECT max(seq) >> 10 FROM events UNION ALL SELECT n - 1 FROM bucket WHERE n > 0
)
SELECT
    seq, events.id, source, type, event, timestamp, received_at, status, raw, profile_id, identifiers, reason,
    arrived_at, is_public
FROM bucket
CROSS JOIN events INDEXED BY events_by_id ON (events.seq >> 10) = bucket.n
WHERE events.id = ?
ORDER BY status = 'duplicate', status <> 'applied', seq DESC LIMIT 1;
