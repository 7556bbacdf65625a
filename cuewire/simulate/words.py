"""Numbers, times, people and reasons in words for the terminal and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.engine.duration import UNITS
from core.engine.instant import iso, moment
from cuewire.simulate.findings import DAY, Findings, Told
from cuewire.trials.words import told as written

#: Longer texts are cut where they are only shown.
LONGEST = 90


def number(value: float) -> str:
    """Write a number with its thousands set apart."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def many(value: int, word: str) -> str:
    """Write a number of things."""
    plural = word if value == 1 else "people" if word == "person" else f"{word}s"
    return f"{number(value)} {plural}"


def percent(share: float | None) -> str:
    """Write a share; a dash where there is nothing to share."""
    if share is None:
        return "–"
    return f"{share:.0%}" if share in (0, 1) or share >= 0.1 else f"{share:.1%}"


def span(milliseconds: int | None) -> str:
    """Write a time in its two largest units; a dash where there is none."""
    if milliseconds is None:
        return "–"
    if milliseconds < 1_000:
        return "at once" if milliseconds == 0 else f"{milliseconds} ms"
    parts, left = [], round(milliseconds / 1_000) * 1_000
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, UNITS[unit])
        parts += [f"{count} {'min' if unit == 'm' else unit}"] if count else []
    return " ".join(parts[:2])


def date(milliseconds: int) -> str:
    """Write a day as people do."""
    found: datetime = moment(milliseconds)
    return f"{found.day} {found:%b} {found.year}"


def minute(milliseconds: int) -> str:
    """Write a time to the minute, in UTC."""
    return iso(milliseconds)[:16].replace("T", " ")


def person(identifiers: Mapping[str, Sequence[str]]) -> str:
    """Name a person by the first identifier there is, those that people know first."""
    for namespace in ("user_id", "email", "phone", *identifiers):
        if identifiers.get(namespace):
            return f"{namespace} {clipped(identifiers[namespace][0], 40)}"
    return "somebody"


def because(sample: Told) -> str:
    """Tell why a trigger fired for somebody: what its anchor saw, and what was asked and seen besides."""
    parts = [f"key {sample.decision.key}"] if sample.decision.key is not None else []
    for reason in sample.decision.reasons:
        if reason.passed and reason.gate in ("anchor", "only_if"):
            saw = "" if reason.saw in (None, True) else written(reason.saw)
            asked = "" if reason.gate == "anchor" and saw else reason.expression
            parts.append(f"{asked} (saw {saw})" if asked and saw else asked or f"saw {saw}")
    return clipped("; ".join(parts))


def clipped(text: str, longest: int = LONGEST) -> str:
    """Cut a text that is only shown; line breaks and the like in it are spaces."""
    plain = "".join(one if one.isprintable() else " " for one in text)
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def per_day(found: Findings, outcome: str, first: int, last: int) -> list[int]:
    """Give the decisions of each day from the first to the last, both numbered from 1970."""
    return [found.days[day][outcome] if day in found.days else 0 for day in range(first, last + 1)]


def days_of(found: Sequence[Findings], first: int | None, last: int | None) -> tuple[int, int]:
    """Give the days that a history and everything decided in it cover."""
    days = [day for one in found for day in one.days]
    days += [at // DAY for at in (first, last) if at is not None]
    return (min(days), max(days)) if days else (0, 0)
