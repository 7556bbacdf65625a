"""What the formulas of a described request see: the fields, what is set, and later what was answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from cel_expr_python import cel

from connectors.value import plain_text
from core.engine.clean import clean
from core.engine.environment import environment
from core.engine.formula import REQUEST_NAMES, Formula, Unknown
from core.engine.instant import iso
from core.engine.scope import Scope
from core.engine.value import Value
from core.ports import DeliveryRow

_NAMES = tuple(sorted(REQUEST_NAMES))

#: Letters of a ULID: no I, L, O and U.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LARGEST_WHOLE = 2**63


class Exchange:
    """One request and its answer by name; a name without a value is missing."""

    def __init__(self, **values: Any) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}

    def __getattr__(self, name: str) -> Any:
        """Give what a formula's path begins with."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._values.get(name)

    def activation(self) -> cel.Activation:
        """Give what CEL evaluates against."""
        return environment(REQUEST_NAMES).Activation({name: plain(one) for name, one in self._values.items()})

    def having(self, **values: Any) -> Exchange:
        """Copy it with more to see."""
        made = copy(self)
        made._values = {**self._values, **{name: one for name, one in values.items() if one is not None}}
        return made

    def value(self, of: Value | None) -> Any:
        """Compute a value; None where there is none to be had."""
        found = of.evaluate(cast(Scope, self)) if of is not None else None
        return None if isinstance(found, Unknown) else found

    def holds(self, formula: Formula | None) -> bool:
        """Say whether a condition is there, can be computed, and is true."""
        return self.value(formula) is True

    def written(self, formula: Formula | None) -> str:
        """Write a value as text; empty where there is none."""
        found = self.value(formula)
        return "" if found is None or isinstance(found, dict | list) else plain_text(found)


@dataclass(frozen=True)
class Answered:
    """An answer, read up to its bound; ``body`` is its JSON without what is null or empty."""

    status: int
    headers: Mapping[str, str]
    content: str

    @cached_property
    def body(self) -> Any:
        """Read the JSON; None where it is none."""
        try:
            read = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return clean({"body": read}).get("body")

    def seen_from(self, exchange: Exchange) -> Exchange:
        """Let formulas see it."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return exchange.having(status=self.status, headers=headers, body=self.body, text=self.content)


def opening(row: DeliveryRow, *, settings: Mapping[str, str], named: frozenset[str]) -> Exchange:
    """Begin with a delivery; ``rest`` are its fields that the action does not name."""
    fields = dict(row.fields)
    rest = {name: value for name, value in fields.items() if name not in named}
    delivery = {
        "id": row.id,
        "uuid": str(uuid5(NAMESPACE_URL, f"cuewire:{row.id}")),
        "ulid": ulid(row.id, row.created_at),
        "trigger": row.trigger,
        "created_at": iso(row.created_at),
        "hops": row.hops,
    }
    return Exchange(fields=fields, rest=rest, settings=dict(settings), delivery=delivery)


def ulid(identifier: str, at: int) -> str:
    """Derive a ULID from a delivery: its time, then what is the same at each try."""
    number = (at % 2**48) << 80 | int.from_bytes(sha256(identifier.encode()).digest()[:10], "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def plain(value: Any) -> Any:
    """Give plain lists and maps, which CEL asks for; a whole number that it cannot hold is text."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    is_beyond = isinstance(value, int) and not -_LARGEST_WHOLE <= value < _LARGEST_WHOLE
    return str(value) if is_beyond else value
