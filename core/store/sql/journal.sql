-- name: named values
-- Those whose names begin with a text, by the rest of their names.
SELECT substr(key, length(?1) + 1), value, at FROM keys WHERE key >= ?1 AND key < ?1 || char(1114111);

-- name: places
-- Whose each event is now, read from the index alone.
SELECT ifnull(a.canonical, e.profile_id), e.seq
FROM events AS e INDEXED BY events_by_profile
LEFT JOIN aliases AS a ON a.old = e.profile_id
WHERE e.profile_id <> '';

-- name: seen together
-- People whose identifiers met in an event and stayed apart, by their present ids.
SELECT DISTINCT ifnull(a.canonical, l.profile_id), ifnull(b.canonical, l.other_id)
FROM links AS l
LEFT JOIN aliases AS a ON a.old = l.profile_id
LEFT JOIN aliases AS b ON b.old = l.other_id
WHERE l.kind IN ('shared_device', 'over_limit') AND l.other_id <> '';

-- name: last arrival
-- The last event before a moment that came live: something served, and drained timers, when it came.
SELECT received_at FROM events INDEXED BY events_by_time
WHERE received_at < ? AND arrived_at IS NULL ORDER BY received_at DESC LIMIT 1;

-- name: decisions by id
SELECT seq, id, trigger, outcome, reasons, at, event_id, profile_id, key, version, shadow, gate FROM decisions
WHERE id IN (SELECT value FROM json_each(?));

-- name: delivery ids
SELECT id FROM deliveries WHERE id IN (SELECT value FROM json_each(?));

-- name: states
SELECT id, state, next_due FROM profiles WHERE id IN (SELECT value FROM json_each(?));

-- name: profiles after
SELECT rowid, id, state, next_due FROM profiles WHERE rowid > ? ORDER BY rowid LIMIT ?;
