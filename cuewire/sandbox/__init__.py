"""Stateful fakes of the vendors, for demos and tests; they import nothing of the product."""
