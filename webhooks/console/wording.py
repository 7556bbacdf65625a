"""How values read to somebody who wrote no code: plain words, and times that the page can localise."""

from __future__ import annotations

import json
import re
from typing import Any

from markupsafe import Markup

from core.engine.instant import iso

#: What each gate asks, beside its name.
GATES = {
    "anchor": "what must happen",
    "only_if": "what must be true",
    "limits": "how often at most",
    "group": "one of several",
    "consent": "has the person agreed",
    "caps": "not too many messages",
    "quiet_hours": "not at night",
}

#: How a state looks: good, under way, in trouble, or nothing to see.
TONES = {
    "fired": "good",
    "fired in shadow": "shade",
    "delivered": "good",
    "held": "wait",
    "scheduled": "wait",
    "sending": "wait",
    "retrying": "warn",
    "unknown": "warn",
    "suppressed": "stop",
    "set_aside": "bad",
    "echo": "shade",
    "ignored": "stop",
    "rejected": "bad",
    "dead": "bad",
    "expired": "stop",
    "cancelled": "stop",
}

LONGEST = 300
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def tone(status: str) -> str:
    """Give the look of a status or outcome."""
    return TONES.get(status, "calm")


def spoken(name: str) -> str:
    """Write a state's name with spaces."""
    return name.replace("_", " ")


def moment(milliseconds: int | None) -> Markup:
    """Write a time as an element that the page puts into the reader's zone."""
    return Markup("<span class=none>–</span>") if milliseconds is None else time_element(iso(milliseconds))


def time_element(text: str) -> Markup:
    """Write ISO text as a time; without scripts it reads as UTC."""
    return Markup('<time datetime="{}">{} {} UTC</time>').format(text, text[:10], text[11:19])


def timed(text: str) -> Markup:
    """Escape a text, and make times of the ISO texts within it."""
    parts, end = [], 0
    for found in TIME.finditer(text):
        parts += [Markup.escape(text[end : found.start()]), time_element(found.group())]
        end = found.end()
    return Markup("").join([*parts, Markup.escape(text[end:])])


def plain(value: Any) -> str:
    """Write a value as a person would: whole numbers without fraction, names before what they hold."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} = {plain(held)}" for name, held in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def clipped(text: str, longest: int = LONGEST) -> str:
    """Cut what no list has room for; the whole stands on its own page."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def short(identifier: str) -> str:
    """Cut an id to what tells it apart."""
    return clipped(identifier, 14)


def percent(share: float | None) -> Markup | str:
    """Write a share of one."""
    return Markup("<span class=none>–</span>") if share is None else f"{share * 100:.1f} %"


def amount(value: float) -> str:
    """Write what conversions were worth; no currency is known."""
    return f"{value:,.2f}".removesuffix(".00")


def lasting(seconds: float | None) -> str:
    """Write how long something took, in the largest unit that leaves a number."""
    if seconds is None:
        return "–"
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            number = f"{seconds / length:.1f}".removesuffix(".0")
            return f"{number} {unit}{'' if number == '1' else 's'}"
    return f"{seconds:.0f} s"


def written(text: str | None) -> Markup:
    """Write ISO text as a time, or that there is none."""
    return time_element(text) if text else Markup("<span class=none>–</span>")


def document(raw: bytes) -> str:
    """Write stored bytes for reading: indented where they are JSON, as they came where they are not."""
    try:
        value = json.loads(raw)
        if isinstance(value, dict) and "writeKey" in value:
            value["writeKey"] = "***"
        return json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")
