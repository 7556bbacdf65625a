"""Tiers of people: named in ``policy.yaml``, and what caps and priorities say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from core.config.kinds.around import Around
from core.config.kinds.expression import OF_THE_EVENT, FormulaText
from core.config.nearest import did_you_mean
from core.config.schema import Either, Fields, Integer, Located, MapOf, Name, Reading
from core.engine.policy import Tier

#: Those of no tier that a priority names.
OTHERWISE = "otherwise"

#: The priority of a trigger that says nothing of it.
PLAIN = 50

_NUMBER = Integer(most=1_000)

#: A person's value may change with each event: it is judged at the moment at which it counts.
TIERS = MapOf(
    FormulaText(asks=True, withheld=OF_THE_EVENT), "a mapping of tiers", known=("high", "medium", "low")
)
TIER = Name("a tier")
PRIORITY = Either(
    "a number, or one for each tier such as {high: 90, otherwise: 50}",
    scalar=_NUMBER,
    mapping=MapOf(_NUMBER, known=(OTHERWISE,)),
)


class Priority(NamedTuple):
    """A trigger's priority, and what it is for those of some tiers."""

    otherwise: int
    by_tier: Mapping[str, int]


def build_tiers(found: Mapping[str, Located] | None) -> tuple[Tier, ...]:
    """Give the tiers in the order of the file; a person is in the first that holds."""
    return tuple(Tier(name, one.value) for name, one in (found or {}).items())


def build_priority(fields: Fields, reading: Reading, *, around: Around) -> Priority:
    """Read a priority; a tier that ``policy.yaml`` does not name is refused."""
    given = fields.get("priority")
    if not isinstance(given, Mapping):
        return Priority(PLAIN if given is None else given, {})
    for name, one in given.items():
        if name != OTHERWISE:
            check_tier(name, one, reading, around=around)
    by_tier = {name: one.value for name, one in given.items()}
    return Priority(by_tier.pop(OTHERWISE, PLAIN), by_tier)


def check_tier(name: str, one: Located, reading: Reading, *, around: Around) -> None:
    """Refuse a tier that the policy does not name."""
    known = [tier.name for tier in around.policy.tiers] if around.policy else []
    if around.policy is not None and name not in known:
        hint = did_you_mean(name, [*known, OTHERWISE]) or "name it under `tiers` in policy.yaml"
        reading.error(one.key_mark, f"unknown tier `{name[:60]}`", hint)
