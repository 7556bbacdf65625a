"""``cuewire preview``: a message as one person would get it."""
