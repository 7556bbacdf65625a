-- name: get
SELECT value FROM keys WHERE key = ?;

-- name: put
INSERT INTO keys (key, value, at) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at;

-- name: starting
SELECT key, value FROM keys WHERE key >= ? AND key < ?;

-- name: drop
DELETE FROM keys WHERE key = ?;

-- name: forget
DELETE FROM keys WHERE key IN (SELECT key FROM keys WHERE key >= ? AND key < ? AND at < ? LIMIT ?);

-- name: stamps
-- Under each published trigger's name: since when its present anchor applies.
SELECT substr(key, 7), at FROM keys WHERE key > 'since:' AND key < 'since;';

-- name: counts
SELECT name, value FROM counters;

-- name: count
INSERT INTO counters (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = value + excluded.value;
