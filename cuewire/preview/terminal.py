"""A preview in words, for the terminal and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import to_builtins

from core.engine.instant import iso
from cuewire.preview.plain import plain
from cuewire.preview.rendering import Preview, Shown
from cuewire.trials.words import told

#: Identifiers by which people know each other, for the head line.
_KNOWN = ("user_id", "email", "phone")


def lines_of(preview: Preview) -> Iterator[str]:
    """Write a preview down for people."""
    yield f"{preview.message} to {named(preview.profile)}, for {preview.purpose}, as of {iso(preview.at)}"
    if preview.trigger:
        yield f"  sent by {preview.trigger}"
    yield f"  filled in with {preview.sample.told}"
    for one in preview.channels:
        yield ""
        yield from channel_lines(one)


def channel_lines(one: Shown) -> Iterator[str]:
    """Write one channel down."""
    yield f"{one.channel} by {one.action}{', the channel it takes' if one.is_chosen else ''}: {one.verdict}"
    for reason in one.reasons:
        mark = "passed" if reason.passed else "FAILED"
        yield f"  {mark} {reason.gate}: {reason.expression}, saw {told(reason.saw)}"
    for name, value in one.fields.items():
        text = value if isinstance(value, str) else told(value)
        yield from field_lines(name, plain(text) if name == "html" else text)
    for why in one.missing.values():
        yield f"  MISSING {why}"
    for name, why in one.left_out.items():
        yield f"  left out {name}: {why}"


def field_lines(name: str, text: str) -> Iterator[str]:
    """Write a field down; of several lines each one is set in."""
    lines = text.splitlines() or [""]
    if len(lines) == 1:
        yield f"  {name}: {lines[0]}"
        return
    yield f"  {name}:"
    yield from (f"    {line}" for line in lines)


def named(profile: dict[str, Any]) -> str:
    """Name a person by what they are known by."""
    held = profile["identifiers"]
    found = [f"{name} {held[name][0]}" for name in _KNOWN if held.get(name)]
    return " / ".join(found) or str(profile["id"])


def as_data(preview: Preview) -> dict[str, Any]:
    """Give a preview for machines."""
    sample = preview.sample
    return {
        "message": preview.message,
        "purpose": preview.purpose,
        "trigger": preview.trigger or None,
        "profile_id": preview.profile["id"],
        "at": iso(preview.at),
        "sample": {"told": sample.told, "decision_id": sample.decision_id or None, "key": sample.key},
        "channels": [_channel_data(one) for one in preview.channels],
    }


def _channel_data(one: Shown) -> dict[str, Any]:
    return {
        "channel": one.channel,
        "action": one.action,
        "chosen": one.is_chosen,
        "verdict": one.verdict,
        "free_at": None if one.free_at is None else iso(one.free_at),
        "fields": one.fields,
        "missing": one.missing,
        "left_out": one.left_out,
        "reasons": to_builtins(one.reasons),
    }
