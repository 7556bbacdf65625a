"""When a delivery is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import RetryLater
from core.retry import LONGEST_HOLD, RetryPolicy

HOUR = 3_600_000
FIRST = 1_800_000_000_000
POLICY = RetryPolicy(first=1.0, longest=900.0)


def next_attempt(
    answer: RetryLater, *, number: int = 1, now: int = FIRST, horizon: int = 24 * HOUR
) -> int | None:
    """Ask the policy."""
    return POLICY.next_attempt(answer, number=number, first_at=FIRST, now=now, horizon=horizon)


@given(number=st.integers(1, 300))
def test_the_wait_lies_between_nothing_and_a_bound_that_doubles_up_to_the_longest(number: int) -> None:
    """Full jitter: anything up to the bound may come."""
    due = next_attempt(RetryLater("down"), number=number)
    assert due is not None
    assert 0 <= due - FIRST <= min(1000 * 2 ** (number - 1), 900_000)


def test_the_jitter_uses_the_whole_range() -> None:
    """Prove that waits are spread, so that a crowd does not come back at once."""
    waits = [(next_attempt(RetryLater("down"), number=8) or 0) - FIRST for _ in range(400)]
    assert min(waits) < 0.1 * 128_000
    assert max(waits) > 0.9 * 128_000


@given(
    number=st.integers(1, 300),
    passed=st.integers(0, 24 * HOUR - 1),
)
def test_no_attempt_is_planned_behind_the_horizon(number: int, passed: int) -> None:
    """The last attempt is made when the horizon ends."""
    due = next_attempt(RetryLater("down"), number=number, now=FIRST + passed)
    assert due is not None
    assert FIRST + passed <= due <= FIRST + 24 * HOUR


def test_nothing_is_tried_again_once_the_horizon_is_over() -> None:
    """At the horizon exactly it is over."""
    assert next_attempt(RetryLater("down"), now=FIRST + 24 * HOUR - 1) is not None
    assert next_attempt(RetryLater("down"), now=FIRST + 24 * HOUR) is None


@pytest.mark.parametrize("named", [0, 1, 5_000, HOUR])
def test_a_time_that_the_destination_names_goes_before_our_own(named: int) -> None:
    """Vendor signals first."""
    assert next_attempt(RetryLater("slow down", until=FIRST + named), number=9) == FIRST + named


def test_a_named_time_is_kept_between_now_and_24_hours() -> None:
    """A vendor's clock may be wrong in both directions."""
    assert next_attempt(RetryLater("", until=FIRST - HOUR)) == FIRST
    far = RetryLater("", until=FIRST + 99 * HOUR, pause=True)
    assert next_attempt(far) == FIRST + LONGEST_HOLD


def test_a_named_time_behind_the_horizon_leaves_a_last_attempt_at_its_end() -> None:
    """A vendor's odd answer must not end a delivery that still has time."""
    assert next_attempt(RetryLater("", until=FIRST + 2 * HOUR), horizon=HOUR) == FIRST + HOUR
    assert next_attempt(RetryLater("", until=FIRST + 2 * HOUR), horizon=HOUR, now=FIRST + HOUR) is None


def test_waiting_for_an_operator_has_no_horizon() -> None:
    """A wrong key is repaired when someone comes to it; nothing is lost meanwhile."""
    assert next_attempt(RetryLater("wrong key", pause=True), now=FIRST + 48 * HOUR) is not None
