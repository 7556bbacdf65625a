"""What a list says of an event or a decision in one line; everything else stands on its own page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from core.engine.decision import NOT_MET
from core.ports import DecisionRow
from webhooks.api.stops import stopped_step
from webhooks.console.wording import clipped, plain, spoken

#: Gates whose reasons tell why a trigger fired; the others only let it pass.
TELLING = ("anchor", "only_if")

#: An event's id within a reason's words, where the event's name and time say enough.
EVENT_ID = re.compile(r" \(\S+\)(?= (?:at|arrived) )")

#: So many of an event's properties, each of such a length, show what it is about.
FIRST, VALUE_LENGTH = 4, 40

Words = dict[str, Any]


class Content(msgspec.Struct):
    """The part of a call that says what it is about."""

    properties: Any = None
    traits: Any = None


_content = msgspec.json.Decoder(Content)


def headline(decision: DecisionRow) -> str:
    """Say in two or three words what became of a trigger."""
    if decision.outcome == NOT_MET:
        step = stopped_step(decision)
        return "not met" if step is None else f"step {step + 1} stopped"
    return f"{spoken(decision.outcome)} in shadow" if decision.shadow else spoken(decision.outcome)


def sentences(decision: DecisionRow) -> list[Words]:
    """Give what explains a decision: the gates that failed, else what made it fire."""
    failed = [reason for reason in decision.reasons if not reason["passed"]]
    told = failed or [reason for reason in decision.reasons if reason["gate"] in TELLING]
    return [sentence for reason in told for sentence in _sentences_of(reason)]


def _sentences_of(reason: Words) -> Iterator[Words]:
    parts = reason.get("parts") or ()
    if parts:
        for leaf in leaves(parts[0]):
            yield {"asked": leaf["expression"], "saw": _seen(leaf), "needed": ""}
    elif reason.get("needed") == "the event":
        yield {"asked": reason["expression"], "saw": "", "needed": ""}
    else:
        needed = "" if reason["passed"] or reason.get("needed") in (None, True) else plain(reason["needed"])
        yield {"asked": reason["expression"], "saw": _seen(reason), "needed": needed}


def leaves(part: Words) -> list[Words]:
    """Give the conditions that made a tree of conditions come out as it did."""
    below: Sequence[Words] = part.get("parts") or ()
    if not below:
        return [part]
    if part["kind"] == "not" and not below[0].get("parts"):
        return [below[0] | {"expression": f"not {below[0]['expression']}", "truth": part["truth"]}]
    deciding = [one for one in below if (one["truth"] is True) == (part["truth"] is True)]
    return [leaf for one in deciding or below for leaf in leaves(one)]


def _seen(reason: Words) -> str:
    """Give what was seen; a single value needs no name where the question names it."""
    saw = reason.get("saw")
    if saw is None:
        return ""
    if isinstance(saw, dict) and len(saw) == 1 and next(iter(saw)) in reason["expression"]:
        return plain(next(iter(saw.values())))
    return EVENT_ID.sub("", plain(saw))


def content(raw: bytes) -> list[tuple[str, str]]:
    """Give the first plain properties or traits of a call in Segment's spelling."""
    try:
        call = _content.decode(raw)
    except (ValueError, RecursionError):
        return []
    held = call.properties or call.traits
    if not isinstance(held, dict):
        return []
    plainly = [(name, plain(value)) for name, value in held.items() if isinstance(value, str | int | float)]
    return [(clipped(name, VALUE_LENGTH), clipped(text, VALUE_LENGTH)) for name, text in plainly[:FIRST]]
