"""The description of every route, made from one table."""
