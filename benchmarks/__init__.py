"""Benchmarks: one module for each question, each of which reads back what it caused before it prints a number."""
