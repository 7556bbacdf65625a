"""What decisions led to: conversions as a list, and added up by trigger, step and channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Response

from core.engine.instant import iso
from core.ports import ConversionNumbers, ConversionRow, Filter, StepNumbers
from webhooks.answers import json_answer
from webhooks.api.query import read_args, read_limit, read_since
from webhooks.api.reading import Reading
from webhooks.api.shapes import Shape

SECOND = 1_000


class Outcomes:
    """Answer from the conversions that are stored."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def conversions(self) -> Response:
        """List conversions, the latest first."""
        given = read_args(("profile", "trigger", "since", "limit", "cursor"))
        narrow = Filter(
            profile=given.get("profile", ""),
            trigger=given.get("trigger", ""),
            since=read_since(given.get("since", "")),
            limit=read_limit(given.get("limit", "")),
            cursor=given.get("cursor", ""),
        )
        if narrow.profile:
            profile_id = self.reading.profile_id(narrow.profile)
            if profile_id is None:
                return json_answer({"conversions": [], "next": None})
            narrow = replace(narrow, profile=profile_id)
        page = self.reading.services.reader.conversions(narrow)
        return json_answer({"conversions": [conversion_shape(row) for row in page.rows], "next": page.next})


def conversion_shape(row: ConversionRow) -> Shape:
    """Show a conversion; ``seconds`` is how long it took from the decision's ``at``."""
    return {
        "id": row.id,
        "decision_id": row.decision_id,
        "trigger": row.trigger,
        "event_id": row.event_id,
        "profile_id": row.profile_id or None,
        "at": iso(row.at),
        "seconds": (row.at - row.decided_at) / SECOND,
        "value": row.value,
    }


def numbers_shape(found: ConversionNumbers | None, fired: int) -> Shape:
    """Show what a trigger's decisions came to, and of how many of those that fired."""
    if found is None:
        conversions: Shape = {"decisions": 0, "events": 0, "value": 0.0, "median_seconds": None}
    else:
        conversions = {
            "decisions": found.decisions,
            "events": found.events,
            "value": found.value,
            "median_seconds": found.median / SECOND,
        }
    return {"conversions": conversions, "rate": rate(conversions["decisions"], fired)}


def step_shapes(rows: Sequence[StepNumbers]) -> list[Shape]:
    """Show of each step and channel how many deliveries arrived, and how many of these converted."""
    return [
        {
            "step": row.step,
            "channel": row.channel or None,
            "action": f"{row.destination}.{row.action}",
            "message": row.message or None,
            "delivered": row.delivered,
            "converted": row.converted,
            "rate": rate(row.converted, row.delivered),
        }
        for row in rows
    ]


def rate(part: int, whole: int) -> float | None:
    """Give a share; none of nothing."""
    return part / whole if whole else None
