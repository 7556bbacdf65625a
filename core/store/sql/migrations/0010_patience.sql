-- When a message that another channel could take over is given up, should its destination fail until then.
ALTER TABLE deliveries ADD COLUMN give_up_at INTEGER;

CREATE INDEX deliveries_to_give_up ON deliveries (destination, give_up_at)
    WHERE give_up_at IS NOT NULL AND status IN ('scheduled', 'retrying');
