"""One module per kind of mapping file: its shape, and how it becomes a part of the rule set."""
