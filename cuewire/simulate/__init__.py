"""``cuewire simulate``: history through the triggers on a made-up clock, and what would have come of it."""
