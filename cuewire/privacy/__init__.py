"""``cuewire privacy``: what people asked of their data."""
