"""The program: command line, settings and wiring."""
