"""How stored things read in the API: times in ISO UTC, absent ids as null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import Response

from core.config.problem import Problem
from core.engine.instant import iso
from core.engine.profile import Profile, decode
from core.engine.view import profile_view
from core.ports import Attempt, DecisionRow, DeliveryRow, EventRow, LinkRow
from webhooks.answers import json_answer

Shape = dict[str, Any]


def event_shape(row: EventRow) -> dict[str, Any]:
    """Show an event, with the reason where it was set aside."""
    shape = {
        "id": row.id,
        "source": row.source,
        "type": row.type,
        "event": row.event,
        "timestamp": iso(row.timestamp),
        "received_at": iso(row.received_at),
        "profile_id": row.profile_id or None,
        "identifiers": row.identifiers,
        "status": row.status,
    }
    return shape | {"reason": row.reason} if row.reason else shape


def profile_shape(state: bytes) -> dict[str, Any]:
    """Show a profile from its stored bytes, without what is computed."""
    profile = decode(state)
    return known_shape(profile, profile_view(profile))


def known_shape(profile: Profile, view: Mapping[str, Any]) -> dict[str, Any]:
    """Show a profile as a view of it has it."""
    return {
        **view,
        "merged_from": list(profile.merged_from),
        "first_seen": iso(profile.first_seen),
        "last_seen": iso(profile.last_seen),
    }


def decision_shape(row: DecisionRow) -> dict[str, Any]:
    """Show a decision with the reasons for it."""
    return {
        "id": row.id,
        "trigger": row.trigger,
        "outcome": row.outcome,
        "reasons": [reason_shape(reason) for reason in row.reasons],
        "at": iso(row.at),
        "event_id": row.event_id,
        "profile_id": row.profile_id or None,
        "key": row.key,
        "version": row.version,
    }


def reason_shape(reason: dict[str, Any]) -> dict[str, Any]:
    """Show one gate's verdict; its step and the parts of its condition follow where there are any."""
    shown = {name: reason.get(name) for name in ("gate", "passed", "expression", "saw", "needed")}
    return shown | reason


def delivery_shape(row: DeliveryRow) -> dict[str, Any]:
    """Show a delivery with its attempts and what it says."""
    return {
        "id": row.id,
        "decision_id": row.decision_id,
        "destination": row.destination,
        "action": row.action,
        "status": row.status,
        "attempts": [attempt_shape(attempt) for attempt in row.attempts],
        "due_at": iso(row.due_at),
        "profile_id": row.profile_id or None,
        "trigger": row.trigger,
        "reason": row.reason,
        "reference": row.reference,
        "channel": row.channel,
        "message": row.message,
        "fields": row.fields,
    }


def attempt_shape(attempt: Attempt) -> dict[str, Any]:
    """Show one try; it has no end while it runs."""
    return {
        "number": attempt.number,
        "started_at": iso(attempt.started_at),
        "ended_at": None if attempt.ended_at is None else iso(attempt.ended_at),
        "outcome": attempt.outcome,
        "reason": attempt.reason,
    }


def problem_shape(problem: Problem) -> Shape:
    """Show what is wrong in a mapping file, where, and what to do about it."""
    return asdict(problem)


def problems_answer(message: str, field: str, problems: Sequence[Problem]) -> Response:
    """Refuse mappings with everything that is wrong with them."""
    error = {
        "code": "bad_request",
        "message": message,
        "field": field,
        "hint": "`problems` lists each with its place.",
    }
    return json_answer({"error": error, "problems": [problem_shape(one) for one in problems]}, 400)


def link_shape(link: LinkRow) -> dict[str, Any]:
    """Show one entry of the identity log."""
    return {
        "kind": link.kind,
        "namespace": link.namespace or None,
        "value": link.value or None,
        "other_id": link.other_id or None,
        "event_id": link.event_id,
        "at": iso(link.at),
    }
