"""``cuewire doctor``: whether this server can do its work, and what makes it able to."""
