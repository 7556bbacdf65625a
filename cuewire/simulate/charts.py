"""The geometry of the report's charts: numbers in, places of shapes out; how they look is the template's business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.engine.decision import GATES
from core.engine.instant import moment
from cuewire.simulate.findings import DAY
from cuewire.simulate.words import date, many, number, percent

#: Charts are drawn in units of about a pixel.
WIDTH, HEIGHT = 1060, 196
LEFT, BOTTOM, TOP = 44, 20, 8
SPARK = 132, 28

#: More columns than this become weeks, or longer spans.
MOST_COLUMNS = 124

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

#: What having passed each gate means.
PASSED = {
    "anchor": "it happened",
    "only_if": "conditions true",
    "limits": "within limits",
    "group": "won its group",
    "consent": "may be written to",
    "caps": "under all caps",
    "quiet_hours": "not at night",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle, of which series it is, and what to say of it."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its name."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Stacked columns over days; from ``after`` on the history was over."""

    bars: tuple[Shape, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    after: float | None
    unit: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BOTTOM


def columns(series: Mapping[str, Sequence[int]], *, first: int, last: int) -> Columns:
    """Stack several rows of numbers by day; ``first`` and ``last`` are the days of the first number and last event."""
    length = max((len(days) for days in series.values()), default=0)
    size = 1 if length <= MOST_COLUMNS else 7 * -(-length // (7 * MOST_COLUMNS))
    sums = {name: grouped(days, size) for name, days in series.items()}
    count = -(-length // size)
    top = ceiling(max((sum(row) for row in zip(*sums.values(), strict=True)), default=0))
    room, step = HEIGHT - BOTTOM - TOP, (WIDTH - LEFT) / max(count, 1)
    bars = []
    for place in range(count):
        day, y = first + place * size, float(HEIGHT - BOTTOM)
        for which, (name, values) in enumerate(sums.items()):
            height = values[place] / top * room
            if height:
                y -= height
                said = f"{day_name(day, size)}: {number(values[place])} {name}"
                x = LEFT + place * step + step * 0.1
                bars.append(
                    Shape(round(x, 2), round(y, 2), round(step * 0.8, 2), round(height, 2), which, said)
                )
    over = (last - first) // size + 1
    return Columns(
        tuple(bars),
        _days(first, count, size, step),
        tuple(Tick(round(HEIGHT - BOTTOM - share * room, 2), number(share * top)) for share in (0.5, 1.0)),
        LEFT + over * step if over < count else None,
        "a day" if size == 1 else f"in {size} days",
    )


def grouped(days: Sequence[int], size: int) -> list[int]:
    """Add up so many days at a time."""
    return [sum(days[begin : begin + size]) for begin in range(0, len(days), size)]


def day_name(day: int, size: int) -> str:
    """Name a day, or the span that begins with it."""
    if size == 1:
        return f"{WEEKDAYS[(day + 3) % 7]} {date(day * DAY)}"
    return f"{date(day * DAY)} to {date((day + size - 1) * DAY)}"


def ceiling(value: int) -> int:
    """Give the round number at which an axis ends, an even one so that its half is whole."""
    scale = 1
    while True:
        for step in (2, 4, 6, 8, 10, 12, 16):
            if value <= step * scale:
                return step * scale
        scale *= 10


def _days(first: int, count: int, size: int, step: float) -> tuple[Tick, ...]:
    """Name a handful of days below the columns."""
    every = max(1, -(-count // 12))
    if size == 1 and every > 2:
        every = 7 * -(-every // 7)
    ticks = []
    for place in range(0, count, every):
        at = moment((first + place * size) * DAY)
        ticks.append(Tick(round(LEFT + (place + 0.5) * step, 2), f"{at.day} {at:%b}"))
    return tuple(ticks)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the way to a firing: how many came so far, and how many stopped before it."""

    name: str
    gate: str
    left: int
    stopped: int
    share: float
    title: str


def funnel(gates: Mapping[str, int], fired: int) -> list[Stage]:
    """Give the way from everything that was looked at to what fired; gates that stopped nothing are left out."""
    total = fired + sum(gates.values())
    stages = [Stage("looked at", "", total, 0, 1.0, many(total, "decision"))] if total else []
    left = total
    for gate in GATES:
        if gates.get(gate):
            left -= gates[gate]
            said = f"{many(gates[gate], 'decision')} stopped by {gate}: {percent(gates[gate] / total)}"
            stages.append(Stage(PASSED[gate], gate, left, gates[gate], left / total, said))
    return stages


@dataclass(frozen=True, slots=True)
class Heat:
    """The hours of the week as a grid of squares; ``strength`` goes from 0 to 1."""

    cells: tuple[tuple[int, int, float, str], ...]
    size: int = 19
    left: int = 34
    top: int = 16


def heat(hours: Mapping[int, int]) -> Heat:
    """Colour each hour of the week by what fired in it."""
    top = max(hours.values(), default=0) or 1
    cells = []
    for hour in range(168):
        day, clock = divmod(hour, 24)
        count = hours.get(hour, 0)
        said = f"{WEEKDAYS[day]} {clock:02}:00: {number(count)}"
        cells.append((clock, day, round((count / top) ** 0.75, 3), said))
    return Heat(tuple(cells))


@dataclass(frozen=True, slots=True)
class Line:
    """A small line of numbers, as the points of a filled shape."""

    outline: str
    filled: str
    width: int = SPARK[0]
    height: int = SPARK[1]


def sparkline(values: Sequence[int]) -> Line | None:
    """Draw numbers small, at most sixty of them; None where all are nothing."""
    size = -(-len(values) // 60) or 1
    sums = grouped(values, size)
    top = max(sums, default=0)
    if not top:
        return None
    sums = sums * 2 if len(sums) == 1 else sums
    step, room = SPARK[0] / (len(sums) - 1), SPARK[1] - 4
    points = [
        f"{place * step:.1f},{SPARK[1] - 2 - value / top * room:.1f}" for place, value in enumerate(sums)
    ]
    outline = " ".join(points)
    return Line(outline, f"0,{SPARK[1]} {outline} {SPARK[0]},{SPARK[1]}")
