"""The result for people, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from core.engine.decision import FIRED, GATES
from core.engine.rule import Goal
from cuewire.simulate.changes import Change, Group
from cuewire.simulate.findings import DAY, Findings
from cuewire.simulate.goals import Conversions, middle
from cuewire.simulate.labels import Score
from cuewire.simulate.shape import OUTCOMES, Part, Result
from cuewire.simulate.words import (
    because,
    date,
    days_of,
    many,
    minute,
    number,
    per_day,
    percent,
    person,
    span,
)

BARS = "▁▂▃▄▅▆▇█"

#: A row of bars is no longer than this; longer histories put several days into one.
WIDEST = 62

#: So many people are shown for each trigger.
SHOWN = 3


def show(result: Result) -> None:
    """Print everything."""
    for line in summary(result):
        click.echo(line)
    parts = result.parts()
    days = days_of([part.found for part in parts], result.reading.first, result.reading.last)
    for part in parts:
        click.echo()
        for line in trigger(part, days):
            click.echo(line)
    if result.against is not None:
        click.echo()
        for line in comparison(result):
            click.echo(line)


def summary(result: Result) -> list[str]:
    """Say what the run was about."""
    reading = result.reading
    events, crowd = many(reading.statuses["applied"], "event"), many(result.version.outcome.people, "person")
    when = (
        ""
        if reading.first is None or reading.last is None
        else f", {date(reading.first)} to {date(reading.last)}"
    )
    left = [
        f"{number(count)} {word}"
        for count, word in ((reading.statuses["duplicate"], "known already"), (reading.bad, "not usable"))
        if count
    ]
    first = f"{events} of {crowd}{when}, in {reading.seconds:.1f} s. Nothing was sent."
    return [first, *([f"Left out: {', '.join(left)}."] if left else [])]


def trigger(part: Part, days: tuple[int, int]) -> list[str]:
    """Tell of one trigger in a few rows."""
    mine, found = part.trigger, part.found
    title = f"  {mine.title}" if mine.title else ""
    lines = [f"{click.style(mine.name, bold=True)} ({mine.status}){title}"]
    counts = "   ".join(f"{one.replace('_', ' ')} {number(found.outcomes[one])}" for one in OUTCOMES)
    lines.append(row("decided", counts + (f"   ({many(part.people, 'person')})" if part.people else "")))
    if found.gates:
        lines.append(row("stopped by", gates(found)))
    if found.outcomes[FIRED]:
        lines += [row("per day", bars(per_day(found, FIRED, *days), first=days[0]))]
        if found.after_history:
            lines.append(row("", f"{number(found.after_history)} of them after the last event"))
    if found.sends:
        sends = (f"{name} {number(count)}" for name, count in found.sends.most_common())
        lines.append(row("would send", ", ".join(sends)))
    lines += [row("goal", one) for one in goal(mine.goal, part.goal)]
    lines += [row("labels", one) for one in labels(part.score)]
    for number_, sample in enumerate(found.shown()[:SHOWN]):
        who = f"{minute(sample.decision.at)}  {person(sample.identifiers)}"
        lines.append(row("" if number_ else "such as", f"{who}: {because(sample)}"))
    return lines


def row(name: str, text: str) -> str:
    """Set a name before a text."""
    return f"  {click.style(f'{name:<11}', dim=True)} {text}"


def gates(found: Findings) -> str:
    """Name the gates, the one that stopped most first."""
    ranked = sorted(GATES, key=lambda gate: -found.gates[gate])
    return ", ".join(f"{gate} {number(found.gates[gate])}" for gate in ranked if found.gates[gate])


def bars(days: Sequence[int], *, first: int) -> str:
    """Draw a row of bars, and name the highest."""
    size = -(-len(days) // WIDEST)
    sums = [sum(days[begin : begin + size]) for begin in range(0, len(days), size)]
    top = max(sums)
    drawn = "".join(BARS[-(-one * 8 // top) - 1] if one else " " for one in sums)
    unit = "a day" if size == 1 else f"in {size} days"
    return f"{drawn}  most {number(top)} {unit}, {date((first + sums.index(top) * size) * DAY)}"


def goal(aim: Goal | None, found: Conversions | None) -> list[str]:
    """Tell of a trigger's goal; what follows in a run that sends nothing would have come anyway."""
    if found is None or aim is None:
        return []
    names = ", ".join(dict.fromkeys(pattern.name for pattern in aim.patterns))
    lines = [
        f"{names} within {span(aim.within)}: {percent(found.precision)} did it anyway"
        f" ({number(found.followed)} of {number(found.firings)} firings, median {span(middle(found.to_goal))} later)",
        f"{percent(found.recall)} of all {number(found.reached)} were preceded by a firing"
        + (f", worth {number(round(found.value, 2))}" if aim.value else ""),
    ]
    if found.open:
        lines.append(f"{number(found.open)} firings so near the end that it may still come")
    return lines


def labels(found: Score | None) -> list[str]:
    """Tell how a trigger met its labels."""
    if found is None:
        return []
    right = f"precision {percent(found.precision)}, recall {percent(found.recall)}"
    return [
        f"{right}, median time to fire {span(middle(found.spans))}",
        f"fired for {number(found.true_positives)} rightly and {number(found.false_positives)} wrongly;"
        f" not for {number(found.false_negatives)} it should have and {number(found.true_negatives)} rightly",
    ]


def comparison(result: Result) -> list[str]:
    """Tell the difference between two versions as a table, then who is concerned."""
    assert result.against is not None
    heading = f"before: {result.against.folder}   after: {result.version.folder}"
    lines = [click.style("Compared", bold=True) + f"  {heading}"]
    wide = max((len(change.name) for change in result.changes), default=0)
    lines.append(
        f"  {'':<{wide}}  {'before':>8} {'after':>8} {'':>8}  {'more':>7} {'fewer':>7} {'no longer':>9}"
    )
    for change in result.changes:
        lines.append(f"  {change.name:<{wide}}  {numbers(change)}")
        for word, group in (("more", change.more), ("fewer", change.fewer), ("no longer", change.no_longer)):
            lines += named(word, group)
    return lines


def numbers(change: Change) -> str:
    """Write the row of one trigger."""
    difference = f"{change.after - change.before:+,}" if change.after != change.before else "same"
    groups = f"{change.more.people:>7,} {change.fewer.people:>7,} {change.no_longer.people:>9,}"
    status = "" if change.status == "kept" else f"  ({change.status})"
    return f"{change.before:>8,} {change.after:>8,} {difference:>8}  {groups}{status}"


def named(word: str, group: Group) -> list[str]:
    """Name a few people of a group, with their firings before and after."""
    if not group.people:
        return []
    told = ", ".join(f"{person(one.identifiers)} {one.before}→{one.after}" for one in group.sample)
    rest = group.people - len(group.sample)
    return [f"    {word}: {told}" + (f" and {number(rest)} more" if rest else "")]
