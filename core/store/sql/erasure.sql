-- name: mark events
-- Their rows stay, so that a repeat is still known by its id; nothing in them tells of anybody.
UPDATE events SET raw = x'', call = x'', identifiers = '{}', profile_id = '', reason = 'erased', previous = NULL
WHERE seq IN (SELECT value FROM json_each(?));

-- name: unused events
-- What was set aside or repeated has no profile: it is found by its identifiers, or by its bytes.
SELECT seq, identifiers, raw FROM events INDEXED BY events_by_status WHERE status <> 'applied';

-- name: decisions of
SELECT seq, reasons FROM decisions WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: mark decision
UPDATE decisions SET reasons = ?, event_id = '', profile_id = '', key = NULL WHERE seq = ?;

-- name: not met of
SELECT seq FROM not_met WHERE profile_id IN (SELECT value FROM json_each(:profiles)) AND

-- name: remove not met
DELETE FROM not_met WHERE seq IN (SELECT value FROM json_each(?));

-- name: remove not met keys
DELETE FROM not_met_keys WHERE seq IN (SELECT value FROM json_each(?));

-- name: count open deliveries
SELECT count(*) FROM deliveries
WHERE profile_id IN (SELECT value FROM json_each(?)) AND status IN ('scheduled', 'sending', 'retrying');

-- name: is sending
SELECT 1 FROM deliveries WHERE profile_id IN (SELECT value FROM json_each(?)) AND status = 'sending' LIMIT 1;

-- name: mark deliveries
UPDATE deliveries SET
status = CASE WHEN status IN ('scheduled', 'sending', 'retrying') THEN 'cancelled' ELSE status END,
fields = '{}', profile_id = '', reason = 'erased', reference = '', attempts = '[]', look_up_at = NULL, held = 0
WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: remove profiles
DELETE FROM profiles WHERE id IN (SELECT value FROM json_each(?));

-- name: remove identifiers
DELETE FROM identifiers WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: remove aliases
DELETE FROM aliases WHERE canonical IN (SELECT value FROM json_each(?));

-- name: remove links
DELETE FROM links WHERE profile_id IN (SELECT value FROM json_each(?1)) OR other_id IN (SELECT value FROM json_each(?1));

-- name: remove memberships
DELETE FROM memberships WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: remove consents
DELETE FROM consent_log WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: mark conversions
UPDATE conversions SET event_id = '', profile_id = '' WHERE profile_id IN (SELECT value FROM json_each(?));

-- name: forget key
DELETE FROM keys WHERE key = ?;
