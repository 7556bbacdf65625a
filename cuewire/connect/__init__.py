"""``cuewire connect``: what a vendor must be told of us, printed or created."""
