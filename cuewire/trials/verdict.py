"""What became of a test, and how a value is compared with what a test expects of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.config.trial import Place, Trial

#: Stands for a field that is not there.
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met: where it stands, what it is, what happened instead and why."""

    place: Place
    expected: str
    instead: str
    why: str = ""

    def __str__(self) -> str:
        reason = f": {self.why}" if self.why else ""
        return f"expected {self.expected}; instead {self.instead}{reason}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A test and its failures; without any it has passed."""

    trial: Trial
    failures: list[Failure] = field(default_factory=list)


def agrees(wanted: Any, found: Any) -> bool:
    """Tell whether a value is the one wanted: maps may hold more, null stands for what is absent."""
    if wanted is None:
        return found is ABSENT or found is None
    if isinstance(wanted, Mapping):
        is_map = isinstance(found, Mapping)
        return is_map and all(agrees(value, found.get(name, ABSENT)) for name, value in wanted.items())
    if isinstance(wanted, list):
        is_list = isinstance(found, list) and len(found) == len(wanted)
        return is_list and all(agrees(one, other) for one, other in zip(wanted, found, strict=True))
    # True is 1 to Python, but not to an admin.
    return isinstance(wanted, bool) == isinstance(found, bool) and bool(wanted == found)


def differences(
    wanted: Mapping[str, Any], found: Mapping[str, Any], path: str = ""
) -> list[tuple[str, Any, Any]]:
    """Name each place, as ``properties.price``, that differs: what is wanted there, and what is found."""
    differing: list[tuple[str, Any, Any]] = []
    for name, value in wanted.items():
        there, step = found.get(name, ABSENT), f"{path}{name}"
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            differing += differences(value, there, f"{step}.")
        elif not agrees(value, there):
            differing.append((step, value, there))
    return differing
