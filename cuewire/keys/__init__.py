"""``cuewire keys``: who may send events, and who may call the API."""
