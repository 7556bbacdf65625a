"""``cuewire deliveries``: list deliveries, and let those that ended without arriving begin anew."""
