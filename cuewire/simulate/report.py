"""The report: one file that needs nothing else, to be looked at in a browser, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from core.engine.decision import FIRED, HELD, SUPPRESSED
from cuewire.simulate import words
from cuewire.simulate.charts import Columns, Heat, Line, Stage, columns, funnel, heat, sparkline
from cuewire.simulate.findings import DAY
from cuewire.simulate.goals import middle
from cuewire.simulate.shape import Part, Result
from cuewire.trials.words import told as written

FOLDER = Path(__file__).parent

#: Triggers with a colour of their own; the others share one.
COLOURS = 7


@dataclass(frozen=True)
class Chapter:
    """What the report shows of one trigger."""

    part: Part
    colour: int
    line: Line | None
    chart: Columns
    stages: Sequence[Stage]
    heat: Heat


def write_report(result: Result, path: Path) -> None:
    """Write the report."""
    path.write_text(render(result), encoding="utf-8")


def render(result: Result) -> str:
    """Give the report as HTML."""
    ranked = sorted(result.parts(), key=lambda part: -part.found.outcomes[FIRED])
    found = [part.found for part in ranked]
    first, last = words.days_of(found, result.reading.first, result.reading.last)
    days = first, last, last if result.reading.last is None else result.reading.last // DAY
    return _template().render(
        result=result,
        reading=result.reading,
        chapters=[_chapter(part, min(place, COLOURS), days) for place, part in enumerate(ranked)],
        fired=sum(one.outcomes[FIRED] for one in found),
        stopped=sum(one.outcomes[HELD] + one.outcomes[SUPPRESSED] for one in found),
        reached=len({person for one in found for person in one.people}),
        overview=_overview(ranked, days),
        most=max([1, *(max(one.before, one.after) for one in result.changes)]),
        style=Markup((FOLDER / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    )


def _overview(ranked: Sequence[Part], days: tuple[int, int, int]) -> Columns:
    """Stack the firings of all triggers; those beyond the colours are one."""
    first, last, ended = days
    series: dict[str, list[int]] = {}
    for place, part in enumerate(ranked):
        name = part.trigger.name if place < COLOURS else "others"
        before = series.get(name, [0] * (last - first + 1))
        more = words.per_day(part.found, FIRED, first, last)
        series[name] = [a + b for a, b in zip(before, more, strict=True)]
    return columns(series, first=first, last=ended)


def _chapter(part: Part, colour: int, days: tuple[int, int, int]) -> Chapter:
    first, last, ended = days
    found = part.found
    series = {one: words.per_day(found, one, first, last) for one in (FIRED, HELD, SUPPRESSED)}
    return Chapter(
        part,
        colour,
        sparkline(series[FIRED]),
        columns(series, first=first, last=ended),
        funnel(found.gates, found.outcomes[FIRED]),
        heat(found.hours),
    )


@cache
def _template() -> Template:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": words.number,
        "percent": words.percent,
        "span": words.span,
        "date": words.date,
        "minute": words.minute,
        "clipped": words.clipped,
        "person": words.person,
        "written": written,
        "median": middle,
    }
    made.globals["many"] = words.many
    return made.get_template("report.html")
