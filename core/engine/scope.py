"""What a formula or template can see: one event, one person, one case, one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cel_expr_python import cel

from core.engine.environment import FIELD_NAMES, VALUE_NAMES, environment
from core.engine.facts import NO_FACTS, Facts
from core.engine.instant import iso, moment
from core.engine.links import OF_MESSAGES

Fields = Mapping[str, Any]

_NOTHING: Fields = {}

#: Beyond this a float no longer holds every whole number.
_EXACT = 2.0**53


class _View:
    """Builds the view of a profile when it is first read, once for all scopes that share it."""

    __slots__ = ("_build", "_built")

    def __init__(self, source: Fields | Callable[[], Fields]) -> None:
        self._build = source if callable(source) else None
        self._built: Fields | None = None if callable(source) else source

    def get(self) -> Fields:
        """Give the view."""
        if self._built is None:
            assert self._build is not None
            self._built = self._build()
        return self._built


class Scope:
    """Everything that formulas and templates may name, built once per event and shared by all of them.

    The profile's view and CEL's activation are made at their first use: most events need neither.
    CEL takes plain dicts and lists only; one tuple inside makes all of its map unusable.
    """

    __slots__ = (
        "_activation",
        "_now",
        "_template_names",
        "_view",
        "case",
        "cases",
        "context",
        "event",
        "facts",
        "key",
        "properties",
        "traits",
    )

    def __init__(
        self,
        *,
        event: Fields,
        profile: Fields | Callable[[], Fields],
        now: int,
        case: Fields | None = None,
        key: str | None = None,
        facts: Facts = NO_FACTS,
    ) -> None:
        self.event = event
        self.properties: Fields = event.get("properties", _NOTHING)
        self.traits: Fields = event.get("traits", _NOTHING)
        self.context: Fields = event.get("context", _NOTHING)
        self.case: Fields = _NOTHING if case is None else case
        self.cases: list[Fields] | None = None
        self.key = key
        self.facts = facts
        self._now = now
        self._view = _View(profile)
        self._activation: cel.Activation | None = None
        self._template_names: dict[str, Any] | None = None

    @property
    def profile(self) -> Fields:
        """Give the profile's view."""
        return self._view.get()

    def trait(self, name: str) -> Any:
        """Give one trait; where the facts know the person, the view need not be made for it."""
        return (
            self._view.get().get("traits", _NOTHING).get(name)
            if self.facts is NO_FACTS
            else self.facts.trait(name)
        )

    @property
    def now(self) -> int:
        """Give the moment as of which everything is judged, in milliseconds."""
        return self._now

    def with_case(self, case: Fields | None, key: str | None) -> Scope:
        """Copy this scope for another case, sharing the view of the profile."""
        copy = Scope(event=self.event, profile=_NOTHING, now=self._now, case=case, key=key, facts=self.facts)
        copy._view = self._view
        return copy

    def with_cases(self, cases: Sequence[Fields]) -> Scope:
        """Copy this scope for a message about several cases."""
        copy = self.with_case(self.case, self.key)
        copy.cases = list(cases)
        return copy

    def activation(self) -> cel.Activation:
        """Give what CEL evaluates against; building it costs as much as two evaluations."""
        if self._activation is None:
            names = self._names()
            names["now"] = moment(self._now)
            self._activation = environment(FIELD_NAMES).Activation(names)
        return self._activation

    def names(self) -> dict[str, Any]:
        """Give what templates see: whole numbers without a fraction, ``now`` as ISO text, links unsigned."""
        if self._template_names is None:
            names = self._names()
            names["now"] = iso(self._now)
            self._template_names = {**OF_MESSAGES, **whole_numbers(names)}
        return self._template_names

    def _names(self) -> dict[str, Any]:
        """Gather the names; a key that does not exist is left out, so that it is missing and not null."""
        names: dict[str, Any] = {
            "event": self.event,
            "properties": self.properties,
            "traits": self.traits,
            "context": self.context,
            "profile": self._view.get(),
            "case": self.case,
        }
        if self.key is not None:
            names["key"] = self.key
        if self.cases is not None:
            names["cases"] = self.cases
        return names


class ValueScope:
    """The scope of the formulas in ``blocked``: one identifier's value."""

    __slots__ = ("_activation", "value")

    def __init__(self, value: str) -> None:
        self.value = value
        self._activation: cel.Activation | None = None

    def activation(self) -> cel.Activation:
        """Give what CEL evaluates against."""
        if self._activation is None:
            self._activation = environment(VALUE_NAMES).Activation({"value": self.value})
        return self._activation


def whole_numbers(value: Any) -> Any:
    """Copy a value with each whole float as an int: what leaves the engine reads ``40``, not ``40.0``."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _EXACT else value
    if isinstance(value, Mapping):
        return {name: whole_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [whole_numbers(inner) for inner in value]
    return value
