"""``route:`` of a destination: which people's deliveries go to another instance of the same kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from core.config.kinds.around import ActionDefaults, Around, DestinationFile
from core.config.kinds.destination import lay_over
from core.config.nearest import did_you_mean
from core.config.node import Mark
from core.config.problem import Problem
from core.config.schema import Located, Reading
from core.engine.rule import Act, Route
from core.engine.value import Localized

_NO_DEFAULTS = ActionDefaults({}, ())


def with_routes(
    act: Act, given: Mapping[str, Located], reading: Reading, *, mark: Mark, around: Around
) -> Act:
    """Add the instances to which a step may go; there the step's own fields lie over that instance's."""
    home = around.destinations.get(act.destination)
    routes = tuple(_routes(act, home, given, reading, mark=mark, around=around)) if home else ()
    return replace(act, routes=routes) if routes else act


def _routes(
    act: Act,
    home: DestinationFile,
    given: Mapping[str, Located],
    reading: Reading,
    *,
    mark: Mark,
    around: Around,
) -> Iterator[Route]:
    kept = {name: one for name, one in act.fields.items() if name in given or isinstance(one, Localized)}
    for way in home.routes:
        other = around.destinations.get(way.to)
        if other is None or act.action not in other.spec.actions:
            continue
        spec, defaults = other.spec.actions[act.action], other.actions.get(act.action, _NO_DEFAULTS)
        laid = {name: one for name, one in lay_over(spec, defaults.fields, {}).items() if name not in given}
        fields = {**laid, **kept}
        required = [one.name for one in spec.fields if one.required]
        require = tuple(dict.fromkeys([*defaults.require, *required]))
        for name in require:
            if name not in fields and other.is_sound:
                what = f"{other.name}.{act.action}, where some people go by `route`, needs `{name}`"
                reading.error(mark, what, f"add `{name}:` here or in destinations/{other.name}.yaml")
        yield Route(way.condition, replace(act, destination=other.name, fields=fields, require=require))


def wrong_ways(destinations: Iterable[DestinationFile | None]) -> Iterator[Problem]:
    """Refuse routes that lead nowhere, to another kind, or further on."""
    known = {one.name: one for one in destinations if one}
    for home in known.values():
        for way in home.routes:
            wrong, hint = _wrong(home, way.to, known)
            if wrong:
                yield Problem(way.place.file, way.place.line, way.place.column, wrong, hint)


def _wrong(home: DestinationFile, to: str, known: Mapping[str, DestinationFile]) -> tuple[str, str]:
    other = known.get(to)
    if other is None:
        return f"unknown destination `{to[:60]}`", did_you_mean(
            to, known
        ) or f"write destinations/{to[:60]}.yaml"
    if other is home:
        return f"`{to}` leads to itself", "whom no route takes stays here anyway"
    if other.spec.name != home.spec.name:
        return (
            f"`{to}` is of the kind {other.spec.name}, not {home.spec.name}",
            "name an instance of the same kind",
        )
    if other.routes:
        return f"`{to}` has routes of its own", "say all of them here"
    return "", ""
