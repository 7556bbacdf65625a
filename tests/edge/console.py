"""The console with one person's story, for who is signed in."""

from __future__ import annotations

from typing import Any

from edge.doubles import API_KEY, Edge, edge
from edge.reader import fill


def opened(**more: Any) -> Edge:
    """Give the app with one person's story and a client that is signed in."""
    app = edge(**more)
    fill(app.reader)
    app.client.post("/console/signin", data={"key": API_KEY})
    return app
