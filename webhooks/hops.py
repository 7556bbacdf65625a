"""How many of Cuewire's own sends led to a request, as its header tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import Headers

from core.engine.own import HOPS, MOST_HOPS, NAME, PROPERTY, hops_of
from core.ports import RawEvent, SetAside

HEADER = "Cuewire-Hops"


def read_hops(headers: Headers) -> int:
    """Read the header; what is no number is as good as none."""
    told = headers.get(HEADER, "").strip()
    return min(int(told), MOST_HOPS) if told.isascii() and told.isdigit() and len(told) < 19 else 0


def handed_on(items: Sequence[RawEvent | SetAside], hops: int) -> Sequence[RawEvent | SetAside]:
    """Write a request's number into the context of its calls, unless they tell a larger one."""
    if not hops:
        return items
    return [
        item if isinstance(item, SetAside) else replace(item, call=_handed_on(item.call, hops))
        for item in items
    ]


def in_metadata(metadata: Mapping[str, Any], hops: int) -> dict[str, Any]:
    """Write a request's number where a call of the API has its properties, unless they tell a larger one."""
    most = max(hops, hops_of({"properties": metadata}))
    return {**metadata, PROPERTY: most} if hops else dict(metadata)


def _handed_on(call: Mapping[str, Any], hops: int) -> dict[str, Any]:
    context = call.get("context")
    known = context if isinstance(context, Mapping) else {}
    return {**call, "context": {**known, NAME: {HOPS: max(hops, hops_of(call))}}}
