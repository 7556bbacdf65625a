"""The rate limit's bucket, on a made-up clock and without a store."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.dispatch.limiter import LATE, Bucket

HOUR = 3_600_000


class Kept:
    """A bucket that is looked up, used and put back, as a store would keep it."""

    def __init__(self, *, per_second: float, burst: int) -> None:
        self.per_second, self.burst = per_second, burst
        self.bucket = Bucket(float(burst), 0)

    def filled(self, now: int) -> Bucket:
        """Look it up."""
        return self.bucket.filled(now, per_second=self.per_second, burst=self.burst)

    def room(self, now: int) -> int:
        """Say how many may start now."""
        return self.filled(now).room(now)

    def free_at(self, now: int) -> int:
        """Give the time at which one may start."""
        return self.filled(now).free_at(per_second=self.per_second)

    def take(self, now: int, count: int) -> None:
        """Use some up."""
        found = self.filled(now)
        self.bucket = msgspec.structs.replace(found, tokens=found.tokens - count)

    def throttled(self, now: int, until: int | None) -> None:
        """Hear that it was too fast."""
        self.bucket = self.filled(now).throttled(now, until)


def test_a_burst_may_pass_at_once_and_then_the_rate_holds() -> None:
    """Ten per second is one every 100 ms."""
    kept = Kept(per_second=10, burst=3)
    assert kept.room(0) == 3
    kept.take(0, 3)
    assert kept.room(0) == 0
    assert kept.free_at(0) == 100
    assert kept.room(99) == 0
    assert kept.room(100) == 1


def test_the_bucket_never_holds_more_than_the_burst() -> None:
    """A quiet day does not save up."""
    kept = Kept(per_second=10, burst=3)
    kept.take(0, 1)
    assert kept.room(24 * HOUR) == 3


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 5)), max_size=60))
def test_no_span_ever_sees_more_than_the_burst_and_the_rate(steps: list[tuple[int, int]]) -> None:
    """Whatever the demand, and whichever two calls are looked at."""
    kept, now, taken = Kept(per_second=10, burst=4), 0, []
    for passed, wanted in steps:
        now += passed
        count = min(wanted, kept.room(now))
        kept.take(now, count)
        taken += [now] * count
    for first, start in enumerate(taken):
        for last, end in enumerate(taken[first:], first):
            assert last - first + 1 <= 4 + (end - start) * 10 / 1000 + 1e-6


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 5), st.integers(0, LATE)), max_size=60))
def test_claims_with_an_older_time_never_add_up_to_more(steps: list[tuple[int, int, int]]) -> None:
    """Some have waited for the writer: no time is counted twice."""
    kept, now, taken = Kept(per_second=10, burst=4), 0, 0
    for passed, wanted, waited in steps:
        now += passed
        count = min(wanted, kept.room(now - waited))
        kept.take(now - waited, count)
        taken += count
        assert taken <= 4 + now * 10 / 1000 + 1e-6


@given(st.floats(0.01, 1000), st.floats(-3, 0.999), st.integers(0, 10**7), st.integers(0, 10**7))
def test_at_the_time_that_is_named_one_may_start(rate: float, tokens: float, at: int, held: int) -> None:
    """Or a millisecond later, where a number has no exact form: whoever sleeps until then never turns in circles."""
    kept = Kept(per_second=rate, burst=5)
    kept.bucket = Bucket(tokens, at, held_until=held)
    free = kept.free_at(at)
    assert free > at
    assert kept.room(free - 1) == 0
    assert kept.room(free + 1) >= 1


def test_a_throttled_destination_is_left_alone_until_the_time_it_named() -> None:
    """Nothing before it, one at it."""
    kept = Kept(per_second=10, burst=5)
    kept.throttled(1_000, 8_000)
    assert kept.free_at(1_000) == 8_000
    assert kept.room(7_999) == 0
    assert kept.room(8_000) == 1


def test_the_latest_of_several_named_times_counts() -> None:
    """Answers to requests sent together come in any order."""
    kept = Kept(per_second=10, burst=5)
    kept.throttled(0, 9_000)
    kept.throttled(0, 5_000)
    assert kept.free_at(0) == 9_000


def test_without_a_named_time_the_hold_doubles_until_something_passes() -> None:
    """1 s, 2 s, 4 s, and from the start again after a success."""
    kept, now, holds = Kept(per_second=10, burst=5), 0, []
    for _ in range(3):
        kept.throttled(now, None)
        holds.append(kept.free_at(now) - now)
        now = kept.free_at(now)
    kept.bucket = kept.filled(now).eased()
    kept.throttled(now, None)
    assert [*holds, kept.free_at(now) - now] == [1_000, 2_000, 4_000, 1_000]


def test_answers_to_calls_that_left_together_are_one_hold() -> None:
    """Four at a time that are too fast are no four times too fast."""
    kept = Kept(per_second=10, burst=5)
    for answered in (0, 10, 20, 999):
        kept.throttled(answered, None)
    assert kept.free_at(999) == 1_000
    kept.throttled(1_000, None)
    assert kept.free_at(1_000) == 3_000


def test_after_an_outage_a_tenth_of_the_burst_is_left() -> None:
    """And one, where that is less than one; what is used up is not given back by it."""
    assert Bucket(20.0, 0).resumed(20).room(0) == 2
    assert Bucket(5.0, 0).resumed(5).room(0) == 1
    assert Bucket(0.0, 0).resumed(20).room(0) == 0


def test_a_claim_that_comes_late_gives_nothing_away() -> None:
    """Tokens come from time that passed, once, in whatever order those who claim have looked at the clock."""
    kept = Kept(per_second=10, burst=2)
    kept.take(10_000, 2)
    assert kept.room(10_000 - LATE) == 0
    kept.take(10_000 - LATE, 0)
    assert kept.room(10_000) == 0
    assert kept.free_at(9_000) == 10_100


def test_a_clock_set_back_lets_one_call_go_and_the_rate_hold_from_there() -> None:
    """It neither waits until the clock is where it was, nor begins with a burst."""
    kept = Kept(per_second=10, burst=5)
    kept.take(HOUR, 5)
    assert kept.room(0) == 1
    kept.take(0, 1)
    assert (kept.room(0), kept.free_at(0)) == (0, 100)


def test_a_clock_set_back_does_not_make_a_hold_longer() -> None:
    """One call finds out whether it is still too fast."""
    kept = Kept(per_second=10, burst=5)
    kept.throttled(24 * HOUR, 24 * HOUR + 60_000)
    assert kept.room(0) == 1


def test_a_clock_set_forward_brings_a_burst_at_most() -> None:
    """As a rest of that length would have."""
    kept = Kept(per_second=10, burst=5)
    kept.take(0, 5)
    assert kept.room(1_000 * HOUR) == 5
