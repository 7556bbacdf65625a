"""Messaging systems calling back in, one module each."""
