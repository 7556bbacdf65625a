"""``cuewire profile``: show, export, erase and split people."""
