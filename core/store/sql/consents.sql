-- name: add
INSERT INTO consent_log (profile_id, purpose, channel, granted, at, received_at, source, event_id, evidence, stands)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: rows
SELECT seq, profile_id, purpose, channel, granted, at, received_at, source, event_id, evidence, stands
FROM consent_log

-- name: holders
-- Whose an identifier is, and who else came with it.
SELECT profile_id FROM identifiers WHERE namespace = ?1 AND value = ?2
UNION SELECT ifnull(aliases.canonical, links.profile_id)
FROM links INDEXED BY links_of_others LEFT JOIN aliases ON aliases.old = links.profile_id
WHERE namespace = ?1 AND value = ?2 AND kind IN ('shared_device', 'over_limit', 'kept_apart');
