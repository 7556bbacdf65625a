"""Charts: what they are made of, and where it stands."""

from __future__ import annotations

from core.engine.decision import Decision
from core.engine.digest import decision_id
from cuewire.simulate.charts import (
    HEIGHT,
    LEFT,
    MOST_COLUMNS,
    WIDTH,
    ceiling,
    columns,
    funnel,
    heat,
    sparkline,
)
from cuewire.simulate.findings import SAMPLES, Findings, Told
from cuewire.simulate.terminal import bars
from cuewire.simulate.words import clipped, percent, span

MONDAY = 20_514


def test_columns_are_stacked_and_stay_inside() -> None:
    """Each stands on the one before, and all of them between the axes."""
    chart = columns({"fired": [3, 0], "held": [1, 2]}, first=MONDAY, last=MONDAY)
    low, high, alone = chart.bars
    assert high.y + high.height == low.y
    assert low.height == 3 * high.height
    assert "Mon 2 Mar 2026: 3 fired" in low.title and alone.title.endswith("2 held")
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH and 0 <= bar.y < HEIGHT for bar in chart.bars)


def test_what_lies_after_the_history_is_shaded() -> None:
    """From the day after the last event; not at all where nothing comes after it."""
    assert columns({"fired": [1, 1, 1, 1]}, first=MONDAY, last=MONDAY + 1).after == (LEFT + WIDTH) / 2
    assert columns({"fired": [1, 1]}, first=MONDAY, last=MONDAY + 1).after is None


def test_a_long_history_is_drawn_by_weeks() -> None:
    """No day is lost by it."""
    chart = columns({"fired": [1] * 400}, first=MONDAY, last=MONDAY + 400)
    assert chart.unit == "in 7 days"
    assert len(chart.bars) <= MOST_COLUMNS
    assert sum(int(bar.title.split(": ")[1].split()[0]) for bar in chart.bars) == 400


def test_no_history_draws_no_columns() -> None:
    """An empty chart is a chart."""
    assert columns({}, first=0, last=0).bars == ()
    assert sparkline([]) is None and sparkline([0, 0]) is None


def test_an_axis_ends_at_a_round_number() -> None:
    """Even, so that half of it is whole."""
    assert [ceiling(value) for value in (0, 2, 3, 9, 11, 17, 450, 1_601)] == [2, 2, 4, 10, 12, 20, 600, 2_000]


def test_the_way_to_a_firing_ends_at_what_fired() -> None:
    """In the order in which gates are asked; those that stopped nothing are no step."""
    stages = funnel({"limits": 2, "anchor": 5}, 3)
    assert [(one.gate, one.left, one.stopped) for one in stages] == [
        ("", 10, 0),
        ("anchor", 5, 5),
        ("limits", 3, 2),
    ]
    assert funnel({}, 0) == []


def test_an_hour_of_the_week_is_where_the_calendar_has_it() -> None:
    """Monday, 2 March 2026, 13:30 UTC."""
    found = Findings()
    at = MONDAY * 86_400_000 + 13 * 3_600_000 + 1_800_000
    found.fire(Told(Decision("d", "t", "fired", (), at, "e", "p", None, "1"), {}, after_history=False))
    [cell] = [cell for cell in heat(found.hours).cells if cell[2]]
    assert cell == (13, 0, 1.0, "Mon 13:00: 1")


def test_the_people_shown_are_the_same_however_the_work_was_shared() -> None:
    """Few are kept however many fire, from all of the run, and in the order of time."""
    whole, parts = Findings(), [Findings(), Findings()]
    for at in range(1_000):
        told = Told(
            Decision(decision_id("t", f"e{at}", ""), "t", "fired", (), at, "e", "p", None, "1"), {}, False
        )
        whole.fire(told)
        parts[at % 2].fire(told)
    parts[0].add(parts[1])
    times = [told.decision.at for told in whole.shown()]
    assert times == [told.decision.at for told in parts[0].shown()] == sorted(times)
    assert len(times) == SAMPLES
    assert times[0] < 500 < times[-1]


def test_words_for_numbers() -> None:
    """Short, and never more exact than they are."""
    assert [span(value) for value in (None, 0, 90_000, 93_784_000)] == [
        "–",
        "at once",
        "1 min 30 s",
        "1 d 2 h",
    ]
    assert [percent(value) for value in (None, 0, 0.034, 0.5, 1)] == ["–", "0%", "3.4%", "50%", "100%"]
    assert clipped("a\nb\x1b[31m" + "x" * 200).startswith("a b [31mxx")
    assert bars([0, 1, 8], first=MONDAY) == " ▁█  most 8 a day, 4 Mar 2026"
