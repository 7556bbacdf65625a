-- name: rows
SELECT id, kind, what, name, reason, hint, opened_at, cleared_at, tellings FROM alerts

-- name: add
INSERT INTO alerts (id, kind, what, name, reason, hint, opened_at, cleared_at, tellings, waiting)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: save
UPDATE alerts SET cleared_at = ?, tellings = ?, waiting = ? WHERE id = ?;

-- name: forget
DELETE FROM alerts WHERE cleared_at < ?;

-- name: count open
SELECT kind, count(*) FROM alerts INDEXED BY alerts_open WHERE cleared_at IS NULL GROUP BY kind;

-- name: arrive
INSERT INTO arrivals (source, hour, number, first_at, last_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (source, hour) DO UPDATE
SET
    number = number + excluded.number,
    first_at = min(first_at, excluded.first_at),
    last_at = max(last_at, excluded.last_at);

-- name: arrivals
SELECT source, hour, number, first_at, last_at FROM arrivals ORDER BY source, hour;

-- name: forget arrivals
-- But for the last hour of each source: it tells since when nothing comes.
DELETE FROM arrivals
WHERE hour < (SELECT max(hour) FROM arrivals) - ?
AND hour < (SELECT max(newer.hour) FROM arrivals AS newer WHERE newer.source = arrivals.source);

-- name: firings
-- Of the decisions by day those that fired; for each trigger also when it last did, however long ago.
SELECT trigger, day, outcome, gate, number, last_at FROM daily
WHERE day >= ? AND outcome = 'fired'
UNION ALL
SELECT trigger, max(day), 'fired', '', 0, max(last_at) FROM daily WHERE outcome = 'fired' GROUP BY trigger
ORDER BY 1, 2;
