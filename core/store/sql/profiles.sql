-- name: put
INSERT INTO profiles (id, state, next_due) VALUES (?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, next_due = excluded.next_due;

-- name: link
INSERT INTO identifiers (namespace, value, profile_id) VALUES (?, ?, ?)
ON CONFLICT (namespace, value) DO UPDATE SET profile_id = excluded.profile_id;

-- name: canonical
SELECT canonical FROM aliases WHERE old = ?;

-- name: family
-- A canonical id with all that were merged into it.
SELECT ?1 UNION ALL SELECT old FROM aliases WHERE canonical = ?1;

-- name: repoint identifiers
UPDATE identifiers SET profile_id = :winner WHERE profile_id = :loser;

-- name: repoint aliases
UPDATE aliases SET canonical = :winner WHERE canonical = :loser;

-- name: alias
INSERT INTO aliases (old, canonical) VALUES (:loser, :winner);

-- name: remove
DELETE FROM profiles WHERE id = :loser;

-- name: log
INSERT INTO links (kind, profile_id, namespace, value, event_id, at, other_id) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: links
SELECT kind, profile_id, namespace, value, event_id, at, other_id FROM links
WHERE profile_id IN (SELECT value FROM json_each(?)) ORDER BY seq;

-- name: due
SELECT id FROM profiles INDEXED BY profiles_by_due
WHERE next_due IS NOT NULL AND next_due <= ? ORDER BY next_due, id LIMIT ?;

-- name: first due
SELECT min(next_due) FROM profiles INDEXED BY profiles_by_due WHERE next_due IS NOT NULL;

-- name: owner
SELECT profile_id FROM identifiers WHERE namespace = ? AND value = ?;

-- name: state
SELECT state FROM profiles WHERE id = ?;
