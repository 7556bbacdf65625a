"""``wait: {at: best}``: the hour at which a person is reached best, by weights that the profile holds."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from governing import at
from hypothesis import given
from hypothesis import strategies as st
from one_person import ACT, DAY, START, Person, rules

from core.engine.instant import iso, moment
from core.engine.rule import EventAnchor, Pattern, Trigger, Wait
from core.engine.waits import best_hour

BERLIN = ZoneInfo("Europe/Berlin")

#: Ten o'clock, for those whose best hour is not known.
BEST = Wait(clock=600, is_best=True)


def hours(**weights: float) -> list[float]:
    """Make the weights of a day's hours, such as ``h18``."""
    return [weights.get(f"h{hour}", 0.0) for hour in range(24)]


def goes_on(weights: Any, begin: str = "2026-03-03T12:00:00Z") -> str:
    """Tell when somebody in Berlin who begins to wait at a time goes on."""
    when = EventAnchor((Pattern("Added"),))
    person = Person(
        rules(Trigger("t", when, (ACT, BEST, ACT), status="live", anchor_hash="a", journey_hash="j"))
    )
    traits = {"timezone": "Europe/Berlin", **({} if weights is None else {"best_hours": weights})}
    person.event("Added", at(begin) - START, traits=traits)
    person.until(at(begin) - START + 3 * DAY)
    return iso(person.actions[-1].due_at)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (hours(h18=3.0, h9=1.0), "2026-03-03T17:00:00.000Z"),
        # Of equals the next; an hour that runs has begun and comes again tomorrow.
        (hours(h18=1.0, h9=1.0), "2026-03-03T17:00:00.000Z"),
        (hours(h13=1.0), "2026-03-04T12:00:00.000Z"),
        (hours(h12=1.0), "2026-03-04T11:00:00.000Z"),
        # A week's weights: the hour is looked up on its own day; here Wednesday at eight.
        ([1.0 if hour == 2 * 24 + 8 else 0.0 for hour in range(168)], "2026-03-04T07:00:00.000Z"),
    ],
)
def test_a_wait_goes_on_at_the_dearest_hour_of_the_next_day(weights: Any, expected: str) -> None:
    """On the person's own clock, at the beginning of the hour."""
    assert goes_on(weights) == expected


@pytest.mark.parametrize(
    "weights",
    [
        None,
        [],
        [1.0] * 23,
        hours(),
        [*hours()[1:], -1.0],
        [*hours()[1:], "1"],
        [*hours()[1:], True],
        "18",
        18,
    ],
)
def test_what_is_no_weight_means_the_stated_hour(weights: Any) -> None:
    """Nothing known, and nothing that can be read as weights: the time of `otherwise`."""
    assert goes_on(weights) == "2026-03-04T09:00:00.000Z"


@given(
    weights=st.lists(st.integers(0, 3), min_size=24, max_size=24).filter(any),
    begin=st.integers(at("2026-03-27T00:00:00Z"), at("2026-03-31T00:00:00Z")),
)
def test_no_hour_of_the_next_day_is_dearer(weights: list[int], begin: int) -> None:
    """Within the next 25 hours, later than now, at the start of an hour; also where clocks are changed."""
    found = best_hour(weights, BERLIN, begin)
    assert found is not None and begin < found <= begin + 25 * 3_600_000
    local = moment(found).astimezone(BERLIN)
    assert (local.minute, local.second, local.microsecond) == (0, 0, 0)
    skipped = 2 if weights[2] == max(weights) and local.hour == 3 else local.hour
    assert weights[skipped] == max(weights) or _is_skipped(weights, begin)


def _is_skipped(weights: list[int], begin: int) -> bool:
    """Tell whether the dearest hour is the one that Sunday does not have."""
    return weights[2] == max(weights) and moment(begin).astimezone(BERLIN).day in (28, 29)
