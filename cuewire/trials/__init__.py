"""``cuewire test``: run the ``tests:`` of a folder of mappings on a made-up clock, and say what came instead."""
