"""What the formulas of ``receive`` see of a request, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cel_expr_python import cel

from core.engine.environment import RAW_NAMES, environment
from core.engine.formula import Formula, Unknown
from core.engine.receive import Raw
from core.engine.scope import whole_numbers


@dataclass
class RawScope:
    """One item of a request, cleaned as events are; ``body`` is what stands around the list that it came from."""

    body: Mapping[str, Any]
    item: Mapping[str, Any]
    place: str = ""
    envelope: Mapping[str, Any] = field(default_factory=dict)
    _activation: cel.Activation | None = None

    def activation(self) -> cel.Activation:
        """Give what CEL evaluates against, made at its first use."""
        if self._activation is None:
            names = {"body": self.body, "item": self.item, "place": self.place, "envelope": self.envelope}
            self._activation = environment(RAW_NAMES).Activation(names)
        return self._activation


def value_of(raw: Raw | None, scope: RawScope) -> Any:
    """Compute what a file says of one field; None for what is absent."""
    if isinstance(raw, Formula):
        found = raw.evaluate(scope)
        return None if isinstance(found, Unknown) else whole_numbers(found)
    if isinstance(raw, tuple):
        return next((one for one in candidates(raw, scope)), None)
    if isinstance(raw, Mapping):
        found = {name: value_of(one, scope) for name, one in raw.items()}
        return {name: one for name, one in found.items() if one is not None} or None
    return raw


def candidates(raw: Raw | None, scope: RawScope) -> list[Any]:
    """Give everything that a field may be taken from and that is there, in order."""
    found = [value_of(one, scope) for one in (raw if isinstance(raw, tuple) else (raw,))]
    return [one for one in found if one is not None]


def named(raw: Raw | None) -> str:
    """Name the field that is looked for first, as its sender knows it: one of the item before any around it."""
    formulas = [one for one in (raw if isinstance(raw, tuple) else (raw,)) if isinstance(one, Formula)]
    paths = [path for one in formulas for path in one.reads]
    chosen = next((path for path in paths if path[0] == "item"), paths[0] if paths else ())
    return ".".join(str(step) for step in chosen[1:]) or "".join(map(str, chosen))
