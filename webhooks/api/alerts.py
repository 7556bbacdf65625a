"""Show what is wrong, what was, and who was told."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.engine.instant import iso
from core.ports import AlertRow, Telling
from webhooks.answers import json_answer
from webhooks.api.query import read_args, read_limit, read_status
from webhooks.services import Services

STATUSES = ("open", "cleared")


class AlertsApi:
    """Tells of alerts; they open and clear by themselves."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def alerts(self) -> Response:
        """List alerts: the open ones first, then the latest."""
        given = read_args(("status", "limit"))
        status = read_status(given.get("status", ""), STATUSES)
        rows = self.services.reader.alerts(status, read_limit(given.get("limit", "")))
        return json_answer({"alerts": [shape(row) for row in rows]})


def shape(row: AlertRow) -> dict[str, Any]:
    """Show one alert."""
    return {
        "id": row.id,
        "kind": row.kind,
        "what": row.what,
        "name": row.name,
        "reason": row.reason,
        "hint": row.hint,
        "opened_at": iso(row.opened_at),
        "cleared_at": None if row.cleared_at is None else iso(row.cleared_at),
        "told": [shape_telling(one) for one in row.tellings],
    }


def shape_telling(one: Telling) -> dict[str, Any]:
    """Show one message to one recipient; a webhook goes by its setting's name."""
    return {
        "to": one.to,
        "event": one.occasion,
        "status": one.status,
        "tries": one.tries,
        "at": None if one.at is None else iso(one.at),
        "reason": one.reason,
    }
