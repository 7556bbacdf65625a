"""``policy.yaml``: the rules above all triggers."""

from __future__ import annotations

from collections.abc import Mapping

from core.config.node import Node, plain_data
from core.config.schema import Choice, Fields, Key, MapOf, Reading, Record, Truth, later
from core.engine.rule import DEFAULT_PURPOSES, Purpose

#: A day in minutes, a minute in milliseconds.
DAY, MINUTE = 24 * 60, 60_000

_PURPOSE = Record(
    "a purpose",
    {
        "consent": Key(
            Choice(("required", "not_needed")), "whether people must have agreed", default="required"
        ),
        # Nothing to be exempt from yet: caps and quiet hours are refused above.
        "caps": Key(Truth(), "whether caps hold for it"),
        "quiet_hours": Key(Truth(), "whether quiet hours hold for it"),
    },
)

POLICY = Record(
    "a policy",
    {
        "purposes": Key(
            MapOf(_PURPOSE, "a mapping of purposes", known=tuple(DEFAULT_PURPOSES)),
            "why people are written to",
        ),
        "caps": later("how many messages a person gets"),
        "quiet_hours": later("when nobody is written to"),
        "groups": later("triggers that compete"),
        "guard": later("a limit on all firings"),
        "tiers": later("classes of people"),
        "notify": later("whom to tell"),
    },
)


def quiet_length(root: Node) -> int:
    """Give for how long nobody is written to at a stretch, in milliseconds; 0 where the file does not say."""
    data = plain_data(root)
    quiet = data.get("quiet_hours") if isinstance(data, dict) else None
    if not isinstance(quiet, dict):
        return 0
    begin, end = (_minutes(quiet.get(name)) for name in ("from", "to"))
    return 0 if begin is None or end is None else (end - begin) % DAY * MINUTE


def _minutes(text: object) -> int | None:
    """Read a time of day such as 21:00."""
    hours, _, minutes = str(text).partition(":")
    is_time = hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60
    return int(hours) * 60 + int(minutes) if is_time else None


def compile_policy(root: Node, reading: Reading) -> Mapping[str, Purpose] | None:
    """Give the purposes, the usual two where the file names none; None when they cannot be told."""
    fields = POLICY.read(root, reading)
    if not isinstance(fields, Fields) or ("purposes" not in fields and reading.has_errors):
        return None
    if "purposes" not in fields:
        return dict(DEFAULT_PURPOSES)
    found = fields.get("purposes")
    if not found:
        hint = "leave `purposes` out for marketing and transactional"
        reading.error(fields.value_place("purposes"), "no purpose is named", hint)
    return {name: Purpose(name, one.value.get("consent") == "required") for name, one in found.items()}
