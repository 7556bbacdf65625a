-- name: move event
UPDATE events SET profile_id = ? WHERE seq = ?;

-- name: move decision
UPDATE decisions SET profile_id = ? WHERE seq = ?;

-- name: decisions of
SELECT seq, id, event_id FROM decisions WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: not met of
SELECT seq, event_id FROM not_met WHERE profile_id IN (SELECT value FROM json_each(:profiles)) AND

-- name: move not met
UPDATE not_met SET profile_id = ? WHERE seq = ?;

-- name: add key
INSERT INTO not_met_keys (bucket, checksum, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: deliveries of
SELECT position, decision_id FROM deliveries WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: move delivery
UPDATE deliveries SET profile_id = ? WHERE position = ?;

-- name: links of
SELECT seq, namespace, value, event_id FROM links WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: move link
UPDATE links SET profile_id = ? WHERE seq = ?;

-- name: remove aliases
DELETE FROM aliases WHERE canonical = ?;

-- name: alias
INSERT INTO aliases (old, canonical) VALUES (?, ?);

-- name: remove profile
DELETE FROM profiles WHERE id = ?;

-- name: remove memberships
DELETE FROM memberships WHERE profile_id = ?;

-- name: conversions of
SELECT seq, decision_id FROM conversions WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: move conversion
UPDATE conversions SET profile_id = ? WHERE seq = ?;

-- name: consents of
SELECT seq, event_id FROM consent_log WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: move consent
UPDATE consent_log SET profile_id = ? WHERE seq = ?;
