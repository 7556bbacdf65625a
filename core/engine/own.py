"""What we have sent ourselves, known again when it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Every call that we send says so in ``context.integration.name``, and its message id begins so.
NAME = "cuewire"
IDS = "cuewire-"


def is_own(data: Mapping[str, Any]) -> bool:
    """Tell an event that is one of our own calls; senders in between keep one of its marks."""
    if str(data.get("messageId", "")).startswith(IDS):
        return True
    context = data.get("context")
    integration = context.get("integration") if isinstance(context, Mapping) else None
    return isinstance(integration, Mapping) and integration.get("name") == NAME
