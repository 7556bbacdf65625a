"""Puts this folder on the import path: ``reference`` and ``crash`` are shared by several kinds of test."""
