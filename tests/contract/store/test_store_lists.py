"""Lists: newest first, narrowed, page by page."""

from __future__ import annotations

import pytest
from stores.rows import START, add_decisions, add_deliveries, add_events, decision, delivery, event, ids, walk

from core.errors import BadRequest
from core.ports import EventRow, Filter, Store


def fill(store: Store) -> list[EventRow]:
    """Store events of three people and two statuses."""
    rows = [
        event(
            n, profile_id=f"p{n % 3}", status="applied" if n % 4 else "set_aside", received_at=START + n // 2
        )
        for n in range(1, 30)
    ]
    add_events(store, *rows)
    return rows


@pytest.mark.parametrize("limit", [1, 4, 28, 29, 30])
def test_pages_of_events_neither_skip_nor_repeat(store: Store, limit: int) -> None:
    """Newest first, equal times by arrival number, whole or narrowed."""
    rows = fill(store)[::-1]
    assert walk(store.read, "events", limit=limit) == rows
    assert walk(store.read, "events", limit=limit, profile="p2") == [r for r in rows if r.profile_id == "p2"]
    aside = [r for r in rows if r.status == "set_aside"]
    assert walk(store.read, "events", limit=limit, status="set_aside") == aside
    late = [r for r in rows if r.received_at >= START + 7 and r.status == "applied"]
    assert walk(store.read, "events", limit=limit, since=START + 7, status="applied") == late


def test_events_are_found_by_the_trigger_that_judged_them(store: Store) -> None:
    """Whether it fired or was not met."""
    fill(store)
    add_decisions(store, decision("d1", event_id="e3"), decision("d2", "not_met", event_id="e5"))
    add_decisions(store, decision("d3", event_id="e7", trigger="car"))
    assert ids(store.read.events(Filter(trigger="cart"))) == ["e5", "e3"]
    assert ids(store.read.events(Filter(trigger="cart", profile="p2"))) == ["e5"]


def test_new_rows_do_not_shift_the_pages_of_a_list_under_way(store: Store) -> None:
    """The next page goes on where the last one ended."""
    rows = fill(store)[::-1]
    first = store.read.events(Filter(limit=10))
    add_events(store, event(99))
    assert first.next is not None
    second = store.read.events(Filter(limit=10, cursor=first.next))
    assert [*first.rows, *second.rows] == rows[:20]


@pytest.mark.parametrize("family", ["events", "decisions", "deliveries"])
@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WzFd", "Wy0xLDAsMCwwLDBd", "\u00fc", "WzFlOTksMV0"])
def test_a_cursor_that_no_page_gave_out_is_refused(store: Store, family: str, cursor: str) -> None:
    """With its field and what to do."""
    with pytest.raises(BadRequest) as refusal:
        getattr(store.read, family)(Filter(cursor=cursor))
    assert refusal.value.field == "cursor"
    assert refusal.value.hint


@pytest.mark.parametrize("status", ["", "scheduled", "delivered", "dead"])
@pytest.mark.parametrize("trigger", ["", "cart", "welcome"])
@pytest.mark.parametrize("profile", ["", "p1"])
def test_pages_of_deliveries_are_narrowed_by_everything_at_once(
    store: Store, status: str, trigger: str, profile: str
) -> None:
    """Every combination agrees with looking at each row."""
    kinds = ("scheduled", "delivered", "dead")
    rows = [
        delivery(
            f"x{n}",
            kinds[n % 3],
            trigger=("cart", "welcome")[n % 2],
            profile_id=f"p{n % 5 % 2}",
            created_at=START + n // 3,
        )
        for n in range(40)
    ]
    add_deliveries(store, *rows)
    expected = [
        row.id
        for row in reversed(rows)
        if status in ("", row.status)
        and trigger in ("", row.trigger)
        and profile in ("", row.profile_id)
        and row.created_at >= START + 3
    ]
    narrow = {"status": status, "trigger": trigger, "profile": profile, "since": START + 3, "limit": 3}
    assert [row.id for row in walk(store.read, "deliveries", **narrow)] == expected
