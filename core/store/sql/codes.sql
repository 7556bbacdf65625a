-- name: add
INSERT INTO codes (pool, code, loaded_at, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (pool, code) DO NOTHING;

-- name: given
SELECT pool, code FROM codes WHERE delivery_id = ?;

-- name: give
-- Those that expire first go first; those that never do go last.
UPDATE codes SET delivery_id = ?1, given_at = ?2
WHERE position = (
    SELECT position FROM codes INDEXED BY codes_free
    WHERE pool = ?3 AND delivery_id IS NULL AND (expires_at IS NULL OR expires_at >= ?4)
    ORDER BY expires_at IS NULL, expires_at, position LIMIT 1
)
RETURNING code;

-- name: give back
UPDATE codes SET delivery_id = NULL, given_at = NULL WHERE delivery_id = ?;

-- name: pools
SELECT
    pool,
    sum(delivery_id IS NULL AND (expires_at IS NULL OR expires_at >= ?1)),
    sum(delivery_id IS NOT NULL),
    sum(delivery_id IS NULL AND ifnull(expires_at < ?1, 0))
FROM codes GROUP BY pool ORDER BY pool;
