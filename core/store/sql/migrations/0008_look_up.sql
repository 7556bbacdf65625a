-- When a destination is asked what became of a delivery whose answer was lost.
ALTER TABLE deliveries ADD COLUMN look_up_at INTEGER;

CREATE INDEX deliveries_to_look_up ON deliveries (destination, look_up_at)
    WHERE look_up_at IS NOT NULL AND status = 'unknown';
