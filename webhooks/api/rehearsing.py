"""Try one event against the people and the mappings of today, or other mappings, without any effect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, request
from msgspec import structs
from msgspec.json import encode

from core.config.nearest import did_you_mean
from core.engine.asof import AsOf
from core.engine.digest import derive
from core.engine.event import Event
from core.engine.instant import iso, parse_time
from core.engine.mapping import map_event
from core.engine.rule import RuleSet, SourceMapping
from core.errors import BadRequest, TooLarge
from core.pipeline.calls import Call, call_event, identifiers_of
from core.pipeline.item import echo, unusable
from core.ports import DecisionRow
from core.runners.rehearsal import LONGEST
from core.runners.what_if import ARRIVAL, Effect, as_if_published, what_if
from webhooks.answers import json_answer
from webhooks.api.shapes import (
    Shape,
    decision_shape,
    delivery_shape,
    known_shape,
    link_shape,
    problem_shape,
    problems_answer,
)
from webhooks.api.trigger import read_identifiers, read_metadata
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import MIB, Services
from webhooks.sources.segment.call import forwarded

FIELDS = ("event", "mappings", "identifiers", "at")

#: A whole set of mappings is larger than an event may be.
LARGEST = 2 * MIB
MOST_FILES = 500

#: Paths as a mappings folder has them: no deeper than one folder, nothing hidden, nothing outside.
PATH = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*\.[a-z]+")

#: Whose mapping reads an event that names no source.
SOURCE = "segment"


class Asked(NamedTuple):
    """What the body says: the event's call, when it happens and arrives, and what stands beside it."""

    call: dict[str, Any]
    happens: int
    arrives: int
    body: Mapping[str, Any]


class Rehearsing:
    """Judge what would be, from the last commit."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def rehearse(self) -> Response:
        """Answer with the person, the decisions, what would be sent, and what timers alone would then decide."""
        body = read_object(read_body(request.environ, LARGEST))
        asked = self._read(body)
        present = self.services.rules()
        rules, problems = present, []
        if (files := read_files(body)) is not None:
            compiled = self.services.compile(files)
            if compiled.rules is None:
                return problems_answer("The mappings have errors.", "mappings", compiled.problems)
            rules, problems = as_if_published(compiled.rules, present), list(compiled.problems)
        event = event_of(asked, rules)
        effect = what_if(self.services.reader, rules, event, asked.arrives)
        return json_answer(
            shape(effect, rules, asked.arrives) | {"problems": [problem_shape(p) for p in problems]}
        )

    def _read(self, body: Mapping[str, Any]) -> Asked:
        for name in body:
            if name not in FIELDS:
                hint = did_you_mean(name[:80], FIELDS)
                raise BadRequest(f"There is no field {name[:80]!r}.", field=name[:80], hint=hint)
        call = body.get("event")
        if not isinstance(call, dict):
            raise BadRequest(
                "event is missing or no object.", field="event", hint='Send {"type": "track", ...}.'
            )
        if len(encode(call)) > self.services.limits.event:
            raise TooLarge("The event is too large.", field="event", hint="Send a smaller one.")
        now = self.services.clock.now()
        happens = read_time(body, call, now)
        return Asked(dict(call), happens, max(now, happens), body)


def read_time(body: Mapping[str, Any], call: Mapping[str, Any], now: int) -> int:
    """Read when the event happens: as ``at`` says, else its own timestamp, else now."""
    given = body.get("at")
    found = parse_time(given if given is not None else call.get("timestamp"))
    if given is not None and found is None:
        raise BadRequest("at is no time.", field="at", hint="Use 2026-01-02T03:04:05Z.")
    found = now if found is None else found
    if not 0 <= found <= now + LONGEST:
        raise BadRequest(
            "at is before 1970, or more than 400 days ahead.", field="at", hint="Send an earlier time."
        )
    return found


def read_files(body: Mapping[str, Any]) -> dict[str, str] | None:
    """Read other mappings, as texts by path."""
    files = body.get("mappings")
    if files is None:
        return None
    if not isinstance(files, dict) or len(files) > MOST_FILES:
        raise BadRequest(
            f"mappings is no object of at most {MOST_FILES} files.",
            field="mappings",
            hint='Send {"triggers/welcome.yaml": "..."}.',
        )
    for path, text in files.items():
        if not PATH.fullmatch(path) or not isinstance(text, str):
            raise BadRequest(
                f"{path[:80]!r} is no file of a mappings folder, or its content no text.",
                field="mappings",
                hint="Give paths such as triggers/welcome.yaml.",
            )
    return dict(files)


def event_of(asked: Asked, rules: RuleSet) -> Event:
    """Map the event as it would be mapped on arrival; one that would be an echo is refused as such."""
    event = of_api(asked, rules) if asked.call.get("type") == "trigger" else of_source(asked, rules)
    caused = echo(event, rules.policy.hops)
    if caused:
        raise BadRequest(
            f"{caused}.", field="event", hint="It would be listed as an echo and set off nothing."
        )
    return event


def of_source(asked: Asked, rules: RuleSet) -> Event:
    """Map the event of a source."""
    call = dict(asked.call)
    mapping = mapping_of(call, rules)
    call["timestamp"] = iso(asked.happens)
    raw_id = derive("e", encode(call).decode())
    event = map_event(
        forwarded(call), mapping, rules.identity, seq=ARRIVAL, received_at=asked.arrives, raw_id=raw_id
    )
    return named(event, asked.body, rules)


def mapping_of(call: dict[str, Any], rules: RuleSet) -> SourceMapping:
    """Take out whose mapping reads the event."""
    source = call.pop("source", None) or SOURCE
    if not isinstance(source, str) or source not in rules.sources:
        raise BadRequest(
            "There is no such source.", field="event.source", hint=f"Use one of {', '.join(rules.sources)}."
        )
    return rules.sources[source]


def of_api(asked: Asked, rules: RuleSet) -> Event:
    """Make the event of a call to ``/api/trigger`` for the trigger that ``event`` names."""
    call = asked.call
    people = read_identifiers({"user_id": call.get("userId"), "identifiers": asked.body.get("identifiers")})
    made = Call(str(call.get("event", "")), people, read_metadata({"metadata": call.get("properties")}), b"")
    made.check(rules)
    return call_event(made, rules, ARRIVAL, asked.arrives)


def named(event: Event, body: Mapping[str, Any], rules: RuleSet) -> Event:
    """Let ``identifiers`` say whom the event is about, in place of what it says itself; somebody must be named."""
    if body.get("identifiers") is not None:
        asked = Call("", read_identifiers(body), {}, b"")
        event = structs.replace(event, identifiers=identifiers_of(asked, rules.identity))
    reason = unusable(event, is_public=False)
    if reason:
        raise BadRequest(f"{reason}.", field="event", hint="Send userId, or identifiers beside the event.")
    return event


def shape(effect: Effect, rules: RuleSet, now: int) -> Shape:
    """Show everything that would come of it."""
    return {
        "profile": known_shape(effect.profile, AsOf(effect.profile, rules, now).view()),
        "before": [told(row) for row in effect.before],
        "decisions": [told(row) for row in effect.decisions],
        "deliveries": [delivery_shape(row) for row in effect.deliveries],
        "until": [told(row) for row in effect.until],
        "links": [link_shape(row) for row in effect.links],
        "left": None if effect.left is None else iso(effect.left),
    }


def told(row: DecisionRow) -> Shape:
    """Show a decision, and whether anything would be sent on account of it."""
    return decision_shape(row) | {"shadow": row.shadow}
