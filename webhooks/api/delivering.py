"""Deliveries that ended without arriving begin anew; and how each destination is doing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Response, request

from core.config.nearest import did_you_mean
from core.dispatch import Redriven, Selection
from core.dispatch.redrive import MOST, REDRIVABLE
from core.engine.duration import parse_duration
from core.engine.instant import iso
from core.errors import BadRequest, FormulaError
from core.ports import Status
from webhooks.answers import json_answer
from webhooks.api.query import read_args, read_since
from webhooks.api.shapes import Shape
from webhooks.api.trigger import check_fields
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import Services

FIELDS = (
    "destination",
    "status",
    "trigger",
    "since",
    "ids",
    "per_second",
    "valid_for",
    "confirm_unknown",
    "dry_run",
    "limit",
)
SLOWEST, FASTEST = 0.01, 1_000.0
MOST_IDS = 1_000
WORDS = tuple(status.value for status in REDRIVABLE)

log = structlog.get_logger()


class DeliveringApi:
    """Hands a redrive over to the dispatcher, and asks it how destinations are."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def redrive(self) -> Response:
        """Let what matches begin anew, and tell what came of it."""
        body = read_object(read_body(request.environ, self.services.limits.batch))
        check_fields(body, FIELDS)
        wanted = read_wanted(body)
        known = self.services.destinations()
        if wanted.destination and wanted.destination not in known:
            hint = did_you_mean(wanted.destination[:80], tuple(known)) or "GET /api/destinations lists them."
            raise BadRequest("There is no such destination.", field="destination", hint=hint)
        told = redriven_shape(self.services.redrive.run(wanted), wanted)
        if told["redriven"] and not wanted.is_dry_run:
            log.info("deliveries_redriven", number=told["redriven"], until=told["last_due_at"])
        return json_answer(told)

    def destinations(self) -> Response:
        """List the destinations: whether each is asked, and what it waits for."""
        read_args(())
        found = self.services.destinations()
        return json_answer({"destinations": [destination_shape(name, found[name]) for name in sorted(found)]})


def read_wanted(body: Mapping[str, Any]) -> Selection:
    """Read which deliveries are to begin anew, and how."""
    ids = read_ids(body.get("ids"))
    # Named one by one they may have ended in any way.
    statuses = read_statuses(body.get("status"), REDRIVABLE if ids else (Status.DEAD,))
    return Selection(
        statuses=statuses,
        destination=read_text(body, "destination"),
        trigger=read_text(body, "trigger"),
        since=read_since(str(body["since"])) if body.get("since") is not None else None,
        ids=ids,
        per_second=read_rate(body.get("per_second")),
        valid_for=read_span(body.get("valid_for")),
        confirm_unknown=read_truth(body, "confirm_unknown"),
        is_dry_run=read_truth(body, "dry_run"),
        limit=read_limit(body.get("limit")),
    )


def read_text(body: Mapping[str, Any], name: str) -> str:
    """Read a name that narrows; empty for all."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise BadRequest(f"{name} is no text.", field=name, hint="Give one name, or leave it out.")
    return value


def read_truth(body: Mapping[str, Any], name: str) -> bool:
    """Read what is switched on."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(f"{name} is not true or false.", field=name, hint="Leave it out for false.")
    return value


def read_statuses(value: object, otherwise: tuple[Status, ...]) -> tuple[Status, ...]:
    """Read one status or a list of them."""
    if value is None:
        return otherwise
    given: list[Any] = value if isinstance(value, list) else [value]
    if not given or not all(one in WORDS for one in given):
        raise BadRequest(
            "status names none that can begin anew.", field="status", hint=f"Use {', '.join(WORDS)}."
        )
    return tuple(dict.fromkeys(Status(one) for one in given))


def read_ids(value: object, hint: str = "GET /api/deliveries lists deliveries.") -> tuple[str, ...]:
    """Read the ids of single rows."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or not value:
        raise BadRequest("ids is no list of ids.", field="ids", hint=hint)
    if len(value) > MOST_IDS:
        raise BadRequest(f"ids holds more than {MOST_IDS}.", field="ids", hint="Send them in several calls.")
    return tuple(value)


def read_rate(value: object) -> float:
    """Read how many may leave per second and destination."""
    if value is None:
        return Selection().per_second
    if isinstance(value, bool) or not isinstance(value, int | float) or not SLOWEST <= value <= FASTEST:
        raise BadRequest(
            f"per_second is no number from {SLOWEST:g} to {FASTEST:g}.",
            field="per_second",
            hint=f"The default is {Selection().per_second:g}.",
        )
    return float(value)


def read_span(value: object) -> int | None:
    """Read for how long messages that are over are valid anew."""
    if value is None:
        return None
    try:
        span = parse_duration(value) if isinstance(value, str) else 0
    except FormulaError as problem:
        raise BadRequest(problem.message, field="valid_for", hint=problem.hint) from None
    if not span:
        raise BadRequest("valid_for is no duration.", field="valid_for", hint='Send one such as "24h".')
    return span


def read_limit(value: object) -> int:
    """Read how many deliveries to take at most."""
    if value is None:
        return MOST
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise BadRequest(
            f"limit is no number from 1 to {MOST}.", field="limit", hint=f"The default is {MOST}."
        )
    return value


def redriven_shape(found: Redriven, wanted: Selection) -> Shape:
    """Show what came of a redrive, or what would."""
    return {
        "matched": found.matched,
        "redriven": found.redriven,
        "refused": [{"reason": reason, "number": number} for reason, number in found.refused.most_common()],
        "first_due_at": None if found.first_due_at is None else iso(found.first_due_at),
        "last_due_at": None if found.last_due_at is None else iso(found.last_due_at),
        "has_more": found.has_more,
        "dry_run": wanted.is_dry_run,
    }


def destination_shape(name: str, state: Mapping[str, Any]) -> Shape:
    """Show how a destination is doing."""
    missing = list(state["missing_settings"])
    words = {"closed": "sending", "half_open": "trying", "open": "paused"}
    return {
        "name": name,
        "state": "waits_for_settings" if missing else words[state["breaker"]],
        "reason": state["paused"] or None,
        "needs_operator": bool(missing) or bool(state.get("needs_operator")),
        "missing_settings": missing,
        "in_flight": state["in_flight"],
        "budget": state["budget"],
        "budget_used": state["budget_used"],
    }
