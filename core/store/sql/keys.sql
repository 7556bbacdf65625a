-- name: get
SELECT value FROM keys WHERE key = ?;

-- name: put
INSERT INTO keys (key, value, at) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at;

-- name: counts
SELECT name, value FROM counters;

-- name: count
INSERT INTO counters (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = value + excluded.value;
