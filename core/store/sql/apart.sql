-- name: all
SELECT split, side, namespace, value FROM apart ORDER BY split, side, namespace, value;

-- name: add
INSERT INTO apart (split, side, namespace, value) VALUES (?, ?, ?, ?);

-- name: forget
DELETE FROM apart WHERE namespace = ? AND value = ?;
