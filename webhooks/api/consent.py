"""Consent: what somebody agreed to and how it came about, and a way to state it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from core.config.kinds.around import CHANNELS
from core.config.nearest import nearest
from core.engine import Profile, decode
from core.engine.consent import standing
from core.engine.instant import iso
from core.errors import BadRequest
from core.pipeline.consenting import Stated
from core.ports import ConsentRow, Filter
from webhooks.answers import json_answer
from webhooks.api.query import read_args, read_limit, read_since
from webhooks.api.reading import Reading
from webhooks.api.shapes import Shape
from webhooks.api.trigger import check_fields, read_identifiers, read_key
from webhooks.payload import read_object
from webhooks.receiver import read_body

FIELDS = ("user_id", "identifiers", "purpose", "channel", "granted", "evidence")

#: How a purpose or a channel may be spelled.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

#: Evidence is a note, or a few of them by name.
MOST_NOTES, LONGEST_NOTE = 10, 500


class ConsentApi:
    """Show the ledger of a person, and take a statement into it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.services = reading.services

    def consent(self, namespace: str, value: str) -> Response:
        """Show what a person agreed to now, and the ledger, newest first."""
        given = read_args(("since", "limit", "cursor"))
        profile_id, state = self.reading.held(namespace, value)
        narrow = Filter(
            profile=profile_id,
            since=read_since(given.get("since", "")),
            limit=read_limit(given.get("limit", "")),
            cursor=given.get("cursor", ""),
        )
        page = self.services.reader.consent_log(narrow)
        ledger = [consent_shape(row) for row in page.rows]
        return json_answer({"consent": current(decode(state)), "ledger": ledger, "next": page.next})

    def state_consent(self) -> Response:
        """Record a statement; the same Idempotency-Key with the same body gives the same id again."""
        raw = read_body(request.environ, self.services.limits.event)
        body = read_object(raw)
        check_fields(body, FIELDS)
        stated = Stated(
            identifiers=read_identifiers(body),
            purpose=read_name(body, "purpose"),
            channel=read_channel(body),
            granted=read_granted(body),
            evidence=read_evidence(body),
            raw=raw,
            idempotency_key=read_key() or "",
        )
        return json_answer({"event_id": self.services.consents.state(stated)}, 201)


def current(profile: Profile) -> list[Shape]:
    """Show what stands for each purpose and channel of which anything was said; no channel means all others."""
    places = sorted(tuple(name.rpartition("/")[::2]) for name in profile.consent)
    found = [(place, standing(profile, *place)) for place in places]
    return [
        {
            "purpose": purpose,
            "channel": channel or None,
            "granted": one.granted,
            "since": iso(one.at),
            "source": one.source,
        }
        for (purpose, channel), one in found
        if one is not None
    ]


def consent_shape(row: ConsentRow) -> Shape:
    """Show one entry of the ledger."""
    return {
        "purpose": row.purpose,
        "channel": row.channel or None,
        "granted": row.granted,
        "at": iso(row.at),
        "received_at": iso(row.received_at),
        "source": row.source,
        "event_id": row.event_id,
        "profile_id": row.profile_id,
        "evidence": row.evidence,
        "stands": row.stands,
    }


def read_name(body: Mapping[str, Any], field: str) -> str:
    """Read the name of a purpose or a channel."""
    name = body.get(field)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        hint = (
            "Name a purpose of policy.yaml."
            if field == "purpose"
            else "Name one such as sms, or leave it out for all."
        )
        raise BadRequest(f"{field} is missing or not a name.", field=field, hint=hint)
    return name


def read_channel(body: Mapping[str, Any]) -> str:
    """Read the channel, empty for all of them; who withdraws from a mistyped one would have withdrawn from none."""
    if body.get("channel") is None:
        return ""
    name = read_name(body, "channel")
    meant = nearest(name, CHANNELS)
    if meant and meant != name:
        raise BadRequest(f"there is no channel {name!r}", field="channel", hint=f"did you mean `{meant}`?")
    return name


def read_granted(body: Mapping[str, Any]) -> bool:
    """Read whether it is a yes; nothing else is taken for one."""
    granted = body.get("granted")
    if not isinstance(granted, bool):
        raise BadRequest(
            "granted is not true or false.", field="granted", hint="Send true, or false to withdraw."
        )
    return granted


def read_evidence(body: Mapping[str, Any]) -> dict[str, str]:
    """Read what a statement rests on: a note, or several by name."""
    given = body.get("evidence")
    if given is None:
        return {}
    notes = {"note": given} if isinstance(given, str) else given
    is_read = isinstance(notes, dict) and len(notes) <= MOST_NOTES
    if not is_read or any(not isinstance(one, str) or len(one) > LONGEST_NOTE for one in notes.values()):
        raise BadRequest(
            f"evidence is neither text nor up to {MOST_NOTES} texts by name, each up to {LONGEST_NOTE} characters.",
            field="evidence",
            hint='Send {"text_version": "2026-03", "form": "checkout"}.',
        )
    return dict(notes)
