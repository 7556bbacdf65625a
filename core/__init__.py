"""The product: knows no vendor and no web framework."""
