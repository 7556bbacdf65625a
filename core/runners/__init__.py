"""Shells around the engine: the embedded one, later the rehearsal."""
