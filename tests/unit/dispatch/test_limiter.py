"""The rate limit, on a made-up clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.dispatch.limiter import Limiter


def test_a_burst_may_pass_at_once_and_then_the_rate_holds() -> None:
    """Ten per second is one every 100 ms."""
    limiter = Limiter(per_second=10, burst=3)
    assert limiter.room(0) == 3
    limiter.take(3)
    assert limiter.room(0) == 0
    assert limiter.retry_at(0) == 100
    assert limiter.room(99) == 0
    assert limiter.room(100) == 1


def test_the_bucket_never_holds_more_than_the_burst() -> None:
    """A quiet day does not save up."""
    limiter = Limiter(per_second=10, burst=3)
    limiter.take(1)
    limiter.room(0)
    assert limiter.room(86_400_000) == 3


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 5)), max_size=60))
def test_no_second_ever_sees_more_than_the_burst_and_the_rate(steps: list[tuple[int, int]]) -> None:
    """Whatever the demand, the sum over any second is bounded."""
    limiter, now, taken = Limiter(per_second=10, burst=4), 0, []
    for passed, wanted in steps:
        now += passed
        count = min(wanted, limiter.room(now))
        limiter.take(count)
        taken += [now] * count
    for start in taken:
        assert sum(start <= at < start + 1000 for at in taken) <= 4 + 10


def test_a_throttled_destination_is_left_alone_until_the_time_it_named() -> None:
    """Nothing before it, one at it."""
    limiter = Limiter(per_second=10, burst=5)
    limiter.throttled(1_000, 8_000)
    assert limiter.retry_at(1_000) == 8_000
    assert limiter.room(7_999) == 0
    assert limiter.room(8_000) == 1


def test_the_latest_of_several_named_times_counts() -> None:
    """Answers to requests sent together come in any order."""
    limiter = Limiter(per_second=10, burst=5)
    limiter.throttled(0, 9_000)
    limiter.throttled(0, 5_000)
    assert limiter.retry_at(0) == 9_000


def test_without_a_named_time_the_hold_doubles_until_something_passes() -> None:
    """1 s, 2 s, 4 s, and from the start again after a success."""
    limiter, now, holds = Limiter(per_second=10, burst=5), 0, []
    for _ in range(3):
        limiter.throttled(now, None)
        holds.append(limiter.retry_at(now) - now)
        now = limiter.retry_at(now)
    limiter.eased()
    limiter.throttled(now, None)
    assert [*holds, limiter.retry_at(now) - now] == [1_000, 2_000, 4_000, 1_000]


def test_a_clock_set_back_gives_nothing_away() -> None:
    """Tokens come from time that passed, once."""
    limiter = Limiter(per_second=10, burst=2)
    assert limiter.room(10_000) == 2
    limiter.take(2)
    assert limiter.room(0) == 0
    assert limiter.room(10_000) == 0
