-- name: put
INSERT INTO profiles (id, state, next_due, last_event) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
state = excluded.state, next_due = excluded.next_due, last_event = ifnull(excluded.last_event, last_event);

-- name: stamp
UPDATE profiles SET measures = ? WHERE id = ?;

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
-- One that was never stored has no events under its id.
INSERT INTO aliases (old, canonical, last_event)
SELECT :loser, :winner, CASE count(*) WHEN 0 THEN 0 ELSE max(last_event) END FROM profiles WHERE id = :loser;

-- name: heads
-- Every id that a profile ever had, with the last event under it.
SELECT id, last_event FROM profiles WHERE id = ?1
UNION ALL SELECT old, last_event FROM aliases WHERE canonical = ?1;

-- name: leave all
DELETE FROM memberships WHERE profile_id = :loser;

-- name: enter
INSERT INTO memberships (segment, profile_id, since) VALUES (?, ?, ?)
ON CONFLICT (segment, profile_id) DO UPDATE SET since = excluded.since;

-- name: leave
DELETE FROM memberships WHERE segment = ? AND profile_id = ?;

-- name: members
SELECT profile_id, since FROM memberships INDEXED BY memberships_by_time

-- name: in order
-- Ids are hashes: in their order people come as if drawn by lot.
SELECT id, state FROM profiles WHERE id > ? ORDER BY id LIMIT ?;

-- name: unfilled below
-- Those whose measures differ from the present ones stand in two ranges of the index, before and behind all others.
SELECT measures, rowid, id, state FROM profiles INDEXED BY profiles_by_measures
WHERE measures < ?1 AND (measures, rowid) > (?2, ?3) ORDER BY measures, rowid LIMIT ?4;

-- name: unfilled above
SELECT measures, rowid, id, state FROM profiles INDEXED BY profiles_by_measures
WHERE measures > ?1 AND (measures, rowid) > (?2, ?3) ORDER BY measures, rowid LIMIT ?4;

-- name: count unfilled
SELECT
    (SELECT count(*) FROM profiles INDEXED BY profiles_by_measures WHERE measures < ?1)
    + (SELECT count(*) FROM profiles INDEXED BY profiles_by_measures WHERE measures > ?1);

-- name: remove
DELETE FROM profiles WHERE id = :loser;

-- name: log
INSERT INTO links (kind, profile_id, namespace, value, event_id, at, other_id) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: links
SELECT kind, profile_id, namespace, value, event_id, at, other_id FROM links
WHERE profile_id IN (SELECT value FROM json_each(?)) ORDER BY seq;

-- name: log of
SELECT kind, profile_id, namespace, value, event_id, at, other_id, seq FROM links

-- name: due
SELECT id FROM profiles INDEXED BY profiles_by_due
WHERE next_due IS NOT NULL AND next_due <= ? ORDER BY next_due, id LIMIT ?;

-- name: timed
-- Those with a timer, in the order in which these are due, from a place on.
SELECT id, state, next_due FROM profiles INDEXED BY profiles_by_due
WHERE next_due IS NOT NULL AND (next_due, id) >= (?1, ?2) ORDER BY next_due, id LIMIT ?3;

-- name: first due
SELECT min(next_due) FROM profiles INDEXED BY profiles_by_due WHERE next_due IS NOT NULL;

-- name: owner
SELECT profile_id FROM identifiers WHERE namespace = ? AND value = ?;

-- name: state
SELECT state FROM profiles WHERE id = ?;
