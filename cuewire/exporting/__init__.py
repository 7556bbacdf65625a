"""``cuewire export``: stored events and decisions as the rows that other products import."""
