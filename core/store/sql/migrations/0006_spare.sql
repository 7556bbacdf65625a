-- The other channels of a message, as rendered when it was let go: the next is taken when this one is refused.
ALTER TABLE deliveries ADD COLUMN spare TEXT NOT NULL DEFAULT '[]';

CREATE INDEX deliveries_spare ON deliveries (created_at) WHERE spare <> '[]';
