-- name: add
INSERT INTO deliveries (
    id, decision_id, trigger, step, destination, action, fields, profile_id, status, due_at, created_at,
    channel, purpose, message, reason, reference, expires_at, attempts, spare, give_up_at, hops, held
)
VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
    EXISTS (
        SELECT 1 FROM deliveries INDEXED BY deliveries_blocking
        WHERE profile_id = ?8 AND destination = ?5 AND status IN ('sending', 'retrying')
    )
)
ON CONFLICT (id) DO NOTHING;

-- name: rows
SELECT
    id, decision_id, trigger, step, destination, action, fields, profile_id, status, due_at, created_at,
    channel, purpose, message, reason, reference, expires_at, attempts, spare, position, hops
FROM deliveries

-- name: place
SELECT status, profile_id, destination FROM deliveries WHERE id = ?;

-- name: save
UPDATE deliveries SET status = ?, attempts = ?, reason = ?, reference = ?, due_at = ?, spare = ?, give_up_at = ? WHERE id = ?;

-- name: reopen
-- What was finished before a merge comes back in the lane of the person it belongs to now.
UPDATE deliveries
SET profile_id = ifnull((SELECT canonical FROM aliases WHERE old = profile_id), profile_id)
WHERE id = ?
RETURNING profile_id;

-- name: hold lane
-- Say anew which deliveries of one lane stand behind one that is under way.
UPDATE deliveries INDEXED BY deliveries_lane
SET held = 1 - held
WHERE profile_id = ?1 AND destination = ?2 AND status IN ('scheduled', 'sending', 'retrying')
AND held <> (
    position > ifnull(
        (
            SELECT min(position) FROM deliveries INDEXED BY deliveries_blocking
            WHERE profile_id = ?1 AND destination = ?2 AND status IN ('sending', 'retrying')
        ),
        9223372036854775807
    )
);

-- name: alternatives
-- Their ids begin with the first one's; the character behind "-" is ".".
WHERE id > ?1 || '-' AND id < ?1 || '.';

-- name: by reference
WHERE reference = ?1 AND reference <> '' AND destination = ?2 ORDER BY position LIMIT 100;

-- name: to give up
SELECT DISTINCT destination FROM deliveries INDEXED BY deliveries_to_give_up
WHERE give_up_at <= ? AND give_up_at IS NOT NULL AND status IN ('scheduled', 'retrying');

-- name: overdue
WHERE destination = ? AND give_up_at <= ? AND give_up_at IS NOT NULL AND status IN ('scheduled', 'retrying')
ORDER BY give_up_at LIMIT ?;

-- name: forget spare
UPDATE deliveries SET spare = '[]' WHERE position IN (
    SELECT position FROM deliveries INDEXED BY deliveries_spare WHERE spare <> '[]' AND created_at < ?
    LIMIT ?
);

-- name: lanes
SELECT DISTINCT destination FROM deliveries INDEXED BY deliveries_lane
WHERE profile_id = ? AND status IN ('scheduled', 'sending', 'retrying');

-- name: repoint
UPDATE deliveries INDEXED BY deliveries_lane SET profile_id = :winner
WHERE profile_id = :loser AND status IN ('scheduled', 'sending', 'retrying');

-- name: ready
-- What is held is not even looked at; of the rest, an earlier one of the lane that is due too goes first.
SELECT
    id, decision_id, trigger, step, destination, action, fields, profile_id, status, due_at, created_at,
    channel, purpose, message, reason, reference, expires_at, attempts, spare, position, hops
FROM deliveries AS d INDEXED BY deliveries_due
WHERE destination = ?1 AND due_at <= ?2 AND held = 0 AND status IN ('scheduled', 'retrying')
AND (NOT ?4 OR status = 'scheduled')
AND NOT EXISTS (
    SELECT 1 FROM deliveries AS e INDEXED BY deliveries_lane
    WHERE e.profile_id = d.profile_id AND e.destination = ?1 AND e.position < d.position
    AND e.status IN ('scheduled', 'sending', 'retrying') AND e.status = 'scheduled' AND e.due_at <= ?2
)
ORDER BY due_at, position LIMIT ?3;

-- name: first due
SELECT min(due_at) FROM deliveries INDEXED BY deliveries_due
WHERE destination = ? AND held = 0 AND status IN ('scheduled', 'retrying');

-- name: look up at
UPDATE deliveries SET look_up_at = ? WHERE id = ?;

-- name: to look up
INDEXED BY deliveries_to_look_up
WHERE destination = ? AND look_up_at <= ? AND look_up_at IS NOT NULL AND status = 'unknown'
ORDER BY look_up_at, position LIMIT ?;

-- name: first look up
SELECT min(look_up_at) FROM deliveries INDEXED BY deliveries_to_look_up
WHERE destination = ? AND look_up_at IS NOT NULL AND status = 'unknown';

-- name: oldest
INDEXED BY deliveries_by_status
WHERE status = ?1 AND status <> 'delivered' AND created_at >= max(?2, ?3) AND (created_at, position) > (?3, ?4)
AND (?5 = '' OR destination = ?5) AND (?6 = '' OR trigger = ?6)
ORDER BY created_at, position LIMIT ?7;

-- name: prolong
UPDATE deliveries SET expires_at = ? WHERE id = ?;

-- name: interrupted
SELECT
    id, decision_id, trigger, step, destination, action, fields, profile_id, status, due_at, created_at,
    channel, purpose, message, reason, reference, expires_at, attempts, spare, position, hops
FROM deliveries INDEXED BY deliveries_blocking
WHERE status IN ('sending', 'retrying') AND status = 'sending' ORDER BY position;

-- name: of decisions
decision_id IN (SELECT value FROM json_each(:decisions)) ORDER BY decision_id, step, position
