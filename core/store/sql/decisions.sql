-- name: add
INSERT INTO decisions (id, trigger, outcome, reasons, at, event_id, profile_id, key, version, shadow, gate)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING;

-- name: last compact
SELECT ifnull(max(seq), 0) FROM not_met;

-- name: add compact
INSERT INTO not_met (seq, at, event_id, profile_id, kept_at, triggers, body) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: add keys
INSERT INTO not_met_keys (bucket, checksum, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: purge compact
-- Only the oldest are looked at, so that a purge with nothing to do costs nothing.
DELETE FROM not_met WHERE kept_at < ?1 AND seq IN (SELECT seq FROM not_met ORDER BY seq LIMIT ?2);

-- name: purge keys
DELETE FROM not_met_keys
WHERE bucket < ifnull((SELECT min(seq) >> 10 FROM not_met), 9223372036854775807);

-- name: count day
INSERT INTO daily (trigger, day, outcome, gate, number, last_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (trigger, day, outcome, gate) DO UPDATE
SET number = number + excluded.number, last_at = max(last_at, excluded.last_at);

-- name: days
SELECT trigger, day, outcome, gate, number, last_at FROM daily WHERE day >= ? ORDER BY trigger, day;

-- name: last fired
SELECT trigger, max(last_at) FROM daily WHERE outcome = 'fired' GROUP BY trigger;

-- name: rows
SELECT seq, id, trigger, outcome, reasons, at, event_id, profile_id, key, version, shadow, gate FROM decisions

-- name: compact rows
SELECT seq, at, event_id, profile_id, body FROM not_met

-- name: by keys
-- A condition: rows filed under any of these checksums; different texts may share one.
seq IN (
    WITH RECURSIVE span (n, last) AS (
        SELECT min(bucket), (SELECT max(bucket) FROM not_met_keys) FROM not_met_keys
        UNION ALL SELECT n + 1, last FROM span WHERE n < last
    )
    SELECT k.seq FROM span
    CROSS JOIN not_met_keys AS k ON k.bucket = span.n
    WHERE k.checksum IN (SELECT value FROM json_each(:checksums))
)

-- name: of event
-- A condition: looked up once for every 1,024 decisions.
seq IN (
    WITH RECURSIVE bucket (n) AS (
        SELECT max(seq) >> 10 FROM decisions UNION ALL SELECT n - 1 FROM bucket WHERE n > 0
    )
    SELECT found.seq FROM bucket
    CROSS JOIN decisions AS found INDEXED BY decisions_by_event ON (found.seq >> 10) = bucket.n
    WHERE found.event_id = :event
)
