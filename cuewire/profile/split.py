"""``cuewire profile split``: part two people who were joined by mistake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from core.engine.event import Identifier
from core.engine.mapping import normalise
from core.engine.rule import RuleSet
from core.runners.split import Split
from core.store.database import FILE
from core.store.parting import Side, part
from core.store.surgery import operate
from cuewire.clock import SystemClock
from cuewire.profile.finding import Nobody, find, reading
from cuewire.rules import read_rules


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    data: Path
    mappings: Path
    person: tuple[str, str]
    into: Sequence[tuple[str, str]]
    is_sure: bool = False
    as_json: bool = False


def run(options: Options) -> int:
    """Split and tell who has what now; gives 1 when nobody has the identifier, or when it is not wanted after all."""
    rules = read_rules(options.mappings)
    clock = SystemClock()
    with operate(options.data, clock=clock) as tx:
        with reading(options.data) as reader:
            try:
                person = find(reader, *options.person)
            except Nobody as problem:
                click.echo(str(problem), err=True)
                return 1
        planned = plan(options, rules, person, clock.now())
        if not options.is_sure:
            click.echo("\n".join(lines_of(planned)), err=True)
            click.confirm("Part them so?", abort=True, err=True)
        moved = part(tx, person, planned, clock.now())
    told = {"stays": shape(planned[0]), "leaves": shape(planned[1]), "moved": moved._asdict()}
    if options.as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo("\n".join(lines_of(planned)))
        click.echo(f"{moved.decisions} decisions and {moved.deliveries} deliveries went with who left.")
    return 0


def plan(options: Options, rules: RuleSet, person: str, now: int) -> tuple[Side, Side]:
    """Make both people as they would be."""
    split = Split(options.data / FILE, rules)
    try:
        return split.sides(person, [spelled(one, rules) for one in options.into], now)
    finally:
        split.close()


def spelled(one: tuple[str, str], rules: RuleSet) -> Identifier:
    """Spell an identifier as it is stored."""
    found = normalise({one[0]: one[1]}, rules.identity)
    return found[0] if found else Identifier(*one)


def shape(side: Side) -> dict[str, Any]:
    """Give one person for machines."""
    profile = side.profile
    return {
        "id": profile.id,
        "identifiers": {ns: sorted(values) for ns, values in profile.identifiers.items()},
        "merged_from": list(profile.merged_from),
        "events": len(side.seqs),
        "cases": sum(map(len, profile.cases.values())),
        "journeys": sum(map(len, profile.journeys.values())),
        "firings": sum(map(len, profile.firings.values())),
    }


def lines_of(sides: tuple[Side, Side]) -> list[str]:
    """Write both people down."""
    lines = []
    for word, side in zip(("Stays", "Leaves"), sides, strict=True):
        one = shape(side)
        held = "; ".join(f"{ns} {', '.join(values)}" for ns, values in one["identifiers"].items())
        lines.append(f"{word}: {held}")
        lines.append(
            f"  profile {one['id']}, {one['events']} events, {one['firings']} firings, "
            f"{one['cases']} open cases, {one['journeys']} waits"
        )
    return lines
