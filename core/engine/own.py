"""What we have sent ourselves, known again when it comes back; and how many of our sends lie before an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Every call that we send says so in ``context.integration.name``, and its message id begins so.
NAME = "cuewire"
IDS = "cuewire-"

#: Where an event says how many of our sends led to it: ``context.cuewire.hops``, or a property of this name.
HOPS, PROPERTY = "hops", "cuewire_hops"

#: So many may lie before an event that is acted on, unless ``policy.yaml`` says another number.
USUAL_HOPS = 3

#: Nobody counts further: it is far above any limit.
MOST_HOPS = 99


def is_own(data: Mapping[str, Any]) -> bool:
    """Tell an event that is one of our own calls; senders in between keep one of its marks."""
    if str(data.get("messageId", "")).startswith(IDS):
        return True
    context = data.get("context")
    integration = context.get("integration") if isinstance(context, Mapping) else None
    return isinstance(integration, Mapping) and integration.get("name") == NAME


def hops_of(data: Mapping[str, Any]) -> int:
    """Count our sends that led to an event, as whoever handed it on tells; 0 where nobody does."""
    context, properties = data.get("context"), data.get("properties")
    mark = context.get(NAME) if isinstance(context, Mapping) else None
    told = mark.get(HOPS) if isinstance(mark, Mapping) else None
    known = properties.get(PROPERTY) if isinstance(properties, Mapping) else None
    return max(_number(told), _number(known))


def keep_hops(data: dict[str, Any]) -> None:
    """Write the number where formulas find it, wherever it came; without one nothing is written."""
    hops = hops_of(data)
    if hops:
        data["context"] = {**data.get("context", {}), NAME: {HOPS: float(hops)}}


def _number(told: object) -> int:
    """Read a count; what is none says nothing."""
    if isinstance(told, str) and told.isascii() and told.isdigit():
        told = float(told)
    if isinstance(told, bool) or not isinstance(told, int | float):
        return 0
    # In this order what is not a number becomes 0.
    return int(max(0, min(told, MOST_HOPS)))
