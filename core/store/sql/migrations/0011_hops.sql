-- How many of our own sends led up to a delivery, and with it; receivers are told, so that no circle goes on for ever.
ALTER TABLE deliveries ADD COLUMN hops INTEGER NOT NULL DEFAULT 1;
