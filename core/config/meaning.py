"""What a piece of YAML means, as a short text that changes when it does, and not with layout or comments."""

from __future__ import annotations

import hashlib

import msgspec

from core.config.node import Node, plain_data


def meaning(*nodes: Node) -> str:
    """Hash the data that nodes stand for."""
    canonical = msgspec.json.encode([plain_data(node) for node in nodes], order="deterministic")
    return hashlib.sha256(canonical).hexdigest()[:12]
