"""Act on the running engine: stop all sends, see and end journeys, let paused triggers go on."""

from __future__ import annotations

import re

from flask import Response, request

from core.config.nearest import did_you_mean
from core.dispatch import Stop
from core.engine.instant import iso
from core.errors import BadRequest, NotFound
from core.runners.control import FIRST, Journey, journeys, journeys_of
from webhooks.answers import json_answer
from webhooks.api.query import read_args, read_limit
from webhooks.api.reading import Reading
from webhooks.api.shapes import Shape
from webhooks.payload import read_object
from webhooks.receiver import read_body

#: A page looks at no more people than this: most of those who have a timer have no journey.
MOST_PEOPLE = 5_000

LONGEST_REASON = 500

_PLACE = re.compile(r"(-?\d{1,18})\.(\d{1,6})\.([\w-]{1,100})", re.ASCII)


class ControlApi:
    """Hands each act over to the engine; lists are read from the last commit."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.services = reading.services

    def stopped(self) -> Response:
        """Tell whether all sends are stopped."""
        read_args(())
        return json_answer(stop_shape(self.services.control.stopped))

    def stop(self) -> Response:
        """Stop all sends."""
        body = read_object(read_body(request.environ, self.services.limits.event) or b"{}")
        for name in body:
            if name != "reason":
                raise BadRequest(
                    f"There is no field {name[:80]!r}.",
                    field=name[:80],
                    hint=did_you_mean(name[:80], ["reason"]),
                )
        return json_answer(stop_shape(self.services.control.stop(read_reason(body.get("reason")))))

    def go_on(self) -> Response:
        """Let deliveries leave again."""
        read_args(())
        self.services.control.go_on()
        return json_answer(stop_shape(self.services.control.stopped))

    def resume(self, name: str) -> Response:
        """Let a paused trigger go on."""
        read_args(())
        triggers = self.services.rules().triggers
        if name not in triggers:
            hint = did_you_mean(name[:80], tuple(triggers)) or "GET /api/triggers lists them."
            raise NotFound("There is no such trigger.", field="name", hint=hint)
        return json_answer({"name": name, "resumed": self.services.control.resume(name)})

    def journeys(self) -> Response:
        """List what is open, the next due first: steps that wait, and matches that are held."""
        given = read_args(("profile", "trigger", "limit", "cursor"))
        limit, trigger = read_limit(given.get("limit", "")), given.get("trigger", "")
        cursor = given.get("cursor", "")
        person = given.get("profile", "")
        found, following = self._of(person, trigger) if person else self._all(trigger, limit, cursor)
        return json_answer({"journeys": [journey_shape(one) for one in found], "next": following})

    def cancel(self, journey_id: str) -> Response:
        """End one journey."""
        read_args(())
        if not self.services.control.cancel(journey_id):
            raise NotFound(
                "Nothing that is open goes by this id.",
                field="id",
                hint="GET /api/journeys lists what is open.",
            )
        return json_answer({"id": journey_id, "cancelled": True})

    def _of(self, person: str, trigger: str) -> tuple[list[Journey], None]:
        """Give what one person has open."""
        profile_id = self.reading.profile_id(person)
        state = self.services.reader.profile(profile_id) if profile_id else None
        return [one for one in journeys_of(state) if _is_of(one, trigger)] if state else [], None

    def _all(self, trigger: str, limit: int, cursor: str) -> tuple[list[Journey], str | None]:
        """Give a page of what is open, and the place at which the next one begins: a person, and how many theirs."""
        due, skipped, profile_id = read_place(cursor)
        page: list[Journey] = []
        for looked_at, (row, found) in enumerate(journeys(self.services.reader, (profile_id, due))):
            skip = skipped if row.id == profile_id else 0
            for number, one in enumerate(found[skip:], start=skip):
                if len(page) == limit:
                    return page, write_place(row.place[1], number, row.id)
                page += [one] if _is_of(one, trigger) else []
            if looked_at == MOST_PEOPLE:
                return page, write_place(row.place[1], len(found), row.id)
        return page, None


def write_place(due: int, number: int, profile_id: str) -> str:
    """Name the place of a journey: when its person is next due, and how many of theirs come before it."""
    return f"{due}.{number}.{profile_id}"


def read_place(text: str) -> tuple[int, int, str]:
    """Read a place back; without any it is before everyone."""
    if not text:
        return FIRST[1], 0, FIRST[0]
    found = _PLACE.fullmatch(text)
    if found is None:
        raise BadRequest(
            "The cursor is not one that this list gave out.",
            field="cursor",
            hint="Send the `next` of the page before unchanged, or leave it out to start anew.",
        )
    return int(found[1]), int(found[2]), found[3]


def _is_of(journey: Journey, trigger: str) -> bool:
    return trigger in ("", journey.open.trigger)


def stop_shape(stop: Stop | None) -> Shape:
    """Show whether sends are stopped, since when and why."""
    return {
        "stopped": stop is not None,
        "since": iso(stop.since) if stop else None,
        "reason": stop.reason if stop else None,
    }


def journey_shape(journey: Journey) -> Shape:
    """Show one journey; ``step`` is the one that comes next, none where nothing has been decided yet."""
    one = journey.open
    return {
        "id": one.id,
        "kind": one.kind,
        "trigger": one.trigger,
        "key": one.key or None,
        "at": iso(one.at),
        "due_at": iso(one.due),
        "step": one.step,
        "event_id": one.event_id,
        "profile_id": journey.profile_id,
    }


def read_reason(value: object) -> str:
    """Read why sends are stopped, as one line."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_REASON:
        raise BadRequest(
            f"reason is not text of up to {LONGEST_REASON} letters.",
            field="reason",
            hint="Say in a few words why, or leave it out.",
        )
    return " ".join(value.split())
