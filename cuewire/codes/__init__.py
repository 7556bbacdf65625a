"""``cuewire codes``: load and list pools of codes."""
