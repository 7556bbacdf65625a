-- name: get
SELECT value FROM keys WHERE key = ?;

-- name: put
INSERT INTO keys (key, value, at) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at;

-- name: stamps
-- Under each published trigger's name: since when its present anchor applies.
SELECT substr(key, 7), at FROM keys WHERE key > 'since:' AND key < 'since;';

-- name: counts
SELECT name, value FROM counters;

-- name: count
INSERT INTO counters (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = value + excluded.value;
