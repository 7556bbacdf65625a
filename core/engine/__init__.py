"""The pure trigger engine: no I/O, no clock, no randomness; the same input gives the same output."""
