"""Reads the YAML that admins edit into engine objects, with located errors."""
