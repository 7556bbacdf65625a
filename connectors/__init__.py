"""Everything that leaves: one module per destination."""
