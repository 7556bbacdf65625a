-- A destination's callbacks name a delivery by the destination's own id.
CREATE INDEX deliveries_by_reference ON deliveries (reference) WHERE reference <> '';
