"""The breaker, state by state, on a made-up clock."""

from __future__ import annotations

from core.dispatch.breaker import Breaker


def opened(now: int = 0) -> Breaker:
    """Make a breaker that has just opened."""
    breaker = Breaker(threshold=3, first_wait=100, pause_wait=1_000, longest_wait=350)
    for _ in range(3):
        breaker.failed(now, "down", probe=breaker.launch(now))
    return breaker


def test_failures_below_the_threshold_leave_it_closed() -> None:
    """Two of three are not enough."""
    breaker = Breaker(threshold=3)
    for _ in range(2):
        breaker.failed(0, "down", probe=False)
    assert breaker.state == "closed"
    assert breaker.room(0) is None


def test_only_failures_in_a_row_count() -> None:
    """A success between them starts the count again."""
    breaker = Breaker(threshold=2)
    breaker.failed(0, "down", probe=False)
    breaker.succeeded()
    breaker.failed(0, "down", probe=False)
    assert breaker.state == "closed"


def test_a_probe_of_one_that_has_to_wait_alone_closes_it() -> None:
    """A destination that speaks of one record is there for the others."""
    breaker = opened()
    breaker.failed(100, "down", probe=breaker.launch(100))
    breaker.alive(probe=breaker.launch(300))
    assert breaker.state == "closed"


def test_throttling_is_neither_a_failure_nor_a_success() -> None:
    """429 counts nothing and forgives nothing."""
    breaker = Breaker(threshold=2)
    breaker.failed(0, "down", probe=False)
    for _ in range(9):
        breaker.alive(probe=False)
    assert breaker.state == "closed"
    breaker.failed(0, "down", probe=False)
    assert breaker.state == "open"


def test_an_open_breaker_lets_nothing_through_until_its_wait_is_over() -> None:
    """The boundary itself belongs to the probe."""
    breaker = opened()
    assert (breaker.state, breaker.reason, breaker.retry_at()) == ("open", "down", 100)
    assert breaker.room(99) == 0
    assert breaker.room(100) == 1


def test_one_probe_only_while_half_open() -> None:
    """The second caller waits for the first one's answer."""
    breaker = opened()
    assert breaker.launch(100)
    assert breaker.state == "half_open"
    assert breaker.room(10_000) == 0


def test_a_probe_that_succeeds_closes_it() -> None:
    """The destination is back, and its past is forgotten."""
    breaker = opened()
    breaker.launch(100)
    breaker.succeeded()
    assert (breaker.state, breaker.reason, breaker.room(0)) == ("closed", "", None)
    breaker.failed(0, "down", probe=False)
    assert breaker.state == "closed"


def test_a_probe_that_is_throttled_closes_it() -> None:
    """A destination that asks us to slow down is alive."""
    breaker = opened()
    breaker.alive(probe=breaker.launch(100))
    assert breaker.state == "closed"


def test_each_probe_that_fails_doubles_the_wait_up_to_the_longest() -> None:
    """100, 200, then 350 for ever."""
    breaker, now, waits = opened(), 0, []
    for _ in range(4):
        waits.append(breaker.retry_at() - now)
        now = breaker.retry_at()
        breaker.failed(now, "still down", probe=breaker.launch(now))
    assert waits == [100, 200, 350, 350]


def test_what_was_already_under_way_does_not_prolong_the_wait() -> None:
    """Only the probe's failure says something new."""
    breaker = opened()
    for _ in range(5):
        breaker.failed(50, "down", probe=False)
    assert breaker.retry_at() == 100
    breaker.launch(100)
    breaker.failed(120, "down", probe=False)
    assert breaker.state == "half_open"


def test_what_was_claimed_before_it_opened_is_no_probe() -> None:
    """Else a single failure of many at once would be taken for many failed probes, and wait the longest."""
    breaker = opened(now=50)
    assert not breaker.launch(50)
    breaker.failed(60, "down", probe=False)
    assert (breaker.state, breaker.retry_at()) == ("open", 150)
    assert breaker.launch(150)
    assert not breaker.launch(150)
    assert breaker.state == "half_open"


def test_an_operators_fault_opens_it_at_once_and_longer() -> None:
    """A wrong key needs no second try."""
    breaker = Breaker(pause_wait=30_000)
    breaker.pause(0, "wrong key", probe=False)
    assert (breaker.state, breaker.reason, breaker.retry_at()) == ("open", "wrong key", 30_000)
    breaker.pause(10, "wrong key", probe=False)
    assert breaker.retry_at() == 30_000
    breaker.pause(30_000, "wrong key", probe=breaker.launch(30_000))
    assert breaker.retry_at() == 90_000
