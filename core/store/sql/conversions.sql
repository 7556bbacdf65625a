-- name: add
INSERT INTO conversions (id, decision_id, trigger, event_id, profile_id, at, decided_at, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING;

-- name: rows
SELECT seq, id, decision_id, trigger, event_id, profile_id, at, decided_at, value FROM conversions

-- name: of decisions
decision_id IN (SELECT value FROM json_each(:decisions)) ORDER BY at, seq

-- name: numbers
-- The median goes by each decision's first conversion.
WITH first AS (
    SELECT trigger, decision_id, count(*) AS events, total(value) AS value, min(at - decided_at) AS took
    FROM conversions INDEXED BY conversions_by_day WHERE decided_at >= ? GROUP BY trigger, decision_id
),
ranked AS (
    SELECT
        trigger, events, value, took,
        row_number() OVER (PARTITION BY trigger ORDER BY took) AS place,
        count(*) OVER (PARTITION BY trigger) AS number
    FROM first
)
SELECT
    trigger, count(*), sum(events), total(value),
    avg(CASE WHEN place IN ((number + 1) / 2, (number + 2) / 2) THEN took END)
FROM ranked GROUP BY trigger;

-- name: steps
SELECT
    d.step, d.channel, d.destination, d.action, d.message, count(*),
    sum(EXISTS (SELECT 1 FROM conversions AS c WHERE c.decision_id = d.decision_id))
FROM deliveries AS d INDEXED BY deliveries_by_trigger
WHERE d.trigger = ? AND d.created_at >= ? AND d.status = 'delivered'
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
