"""Senders of events, one module each."""
