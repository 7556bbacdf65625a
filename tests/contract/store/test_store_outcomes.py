"""Conversions and the consent ledger, as every store keeps them."""

from __future__ import annotations

from typing import Any

import pytest
from stores.rows import DAY, MINUTE, START, decision, delivery, link

from core.errors import BadRequest
from core.ports import ConsentRow, ConversionRow, Filter, Store

Rows = list[Any]


def conversion(n: int, **changes: Any) -> ConversionRow:
    """Make a conversion of the nth minute."""
    values: dict[str, Any] = {
        "id": f"v{n}",
        "decision_id": f"d{n}",
        "trigger": "cart",
        "event_id": f"e{n}",
        "profile_id": "p1",
        "at": START + n * MINUTE,
        "decided_at": START,
        "value": 10.0 * n,
    }
    return ConversionRow(**(values | changes))


def statement(n: int, **changes: Any) -> ConsentRow:
    """Make an entry of the ledger."""
    values: dict[str, Any] = {
        "profile_id": "p1",
        "purpose": "marketing",
        "channel": "sms",
        "granted": True,
        "at": START + n,
        "received_at": START + n,
        "source": "segment",
        "event_id": f"e{n}",
        "evidence": {"text_version": "2"},
        "stands": bool(n % 2),
    }
    return ConsentRow(**(values | changes))


def put(store: Store, *rows: ConversionRow) -> None:
    """Store conversions."""
    store.write(lambda tx: tx.conversions.add(rows))


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
@pytest.mark.parametrize("narrow", [{}, {"profile": "p1"}, {"trigger": "cart"}])
def test_pages_of_conversions_neither_skip_nor_repeat(store: Store, limit: int, narrow: Any) -> None:
    """The latest first; those of one moment by their arrival."""
    rows = [conversion(n, at=START + n // 2) for n in range(5)]
    put(store, *rows, conversion(9, at=START - 1, trigger="other", profile_id="p2"))
    found: Rows = []
    cursor: str | None = ""
    while cursor is not None:
        page = store.read.conversions(Filter(**narrow, limit=limit, since=START, cursor=cursor))
        found += page.rows
        cursor = page.next
    assert found == rows[::-1]


def test_a_conversion_is_stored_once(store: Store) -> None:
    """The first of an id stays."""
    put(store, conversion(1))
    put(store, conversion(1, value=99.0), conversion(2))
    assert store.read.conversions_of(["d1", "d2", "d3"]) == [conversion(1), conversion(2)]


def test_numbers_count_decisions_once_and_go_by_their_day(store: Store) -> None:
    """A second event adds its value and not a decision; the median is of the first events."""
    put(store, conversion(1), conversion(3), conversion(8), conversion(20, decision_id="d1"))
    put(store, conversion(30, trigger="other", value=None), conversion(40, decided_at=START - DAY))
    cart, other = store.read.conversion_numbers(START)
    assert (cart.trigger, cart.decisions, cart.events, cart.value) == ("cart", 3, 4, 320.0)
    assert cart.median == 3 * MINUTE
    assert (other.decisions, other.value, other.median) == (1, 0.0, 30 * MINUTE)
    put(store, conversion(5))
    assert store.read.conversion_numbers(START)[0].median == 4 * MINUTE


def test_steps_count_what_arrived_and_what_of_it_converted(store: Store) -> None:
    """By step and channel; what did not arrive is not counted."""
    rows = [
        delivery("a1", "delivered", decision_id="d1", channel="sms"),
        delivery("a2", "delivered", decision_id="d2", channel="sms"),
        delivery("a3", "rejected", decision_id="d2", channel="sms"),
        delivery("a4", "delivered", decision_id="d1", channel="email", step=2),
        delivery("a5", "delivered", decision_id="d1", channel="sms", created_at=START - 1),
    ]
    store.write(lambda tx: tx.deliveries.add(rows))
    put(store, conversion(1), conversion(3, decision_id="d1"))
    found = store.read.step_numbers(rows[0].trigger, START)
    assert [(one.step, one.channel, one.delivered, one.converted) for one in found] == [
        (0, "sms", 2, 1),
        (2, "email", 1, 1),
    ]


def test_the_ledger_is_read_back_as_written_newest_first(store: Store) -> None:
    """Page by page, with evidence, under every id that the person ever had."""
    rows = [statement(n, channel="" if n == 2 else "sms", granted=n != 3) for n in range(5)]
    rows[0].profile_id = "p0"
    store.write(lambda tx: tx.consents.add([*rows, statement(9, profile_id="p9")]))
    store.write(lambda tx: tx.profiles.put([("p0", b"0", None), ("p1", b"1", None)]))
    store.write(lambda tx: tx.profiles.merge("p1", "p0"))
    found: Rows = []
    cursor: str | None = ""
    while cursor is not None:
        page = store.read.consent_log(Filter(profile="p1", limit=2, cursor=cursor))
        found += page.rows
        cursor = page.next
    assert found == rows[::-1]
    late = store.read.consent_log(Filter(profile="p0", since=START + 4))
    assert late.rows == rows[4:]


def test_a_cursor_of_another_list_is_refused(store: Store) -> None:
    """Nothing is skipped in silence."""
    for ask in (store.read.conversions, store.read.consent_log):
        with pytest.raises(BadRequest):
            ask(Filter(profile="p1", cursor="bm8"))


def test_a_number_has_its_owner_and_those_who_came_with_it(store: Store) -> None:
    """Whoever was refused it because it is another's has it as well; merged ones under their present id."""
    phone = ("phone", "+4915112345678")
    store.write(lambda tx: tx.profiles.put([(one, b"", None) for one in ("p1", "p2", "p3", "p4")]))
    store.write(lambda tx: tx.profiles.link([(*phone, "p1")]))
    kinds = {"p2": "shared_device", "p3": "over_limit", "p4": "linked"}
    rows = [link("e1", one, kind=kind, namespace="phone", value=phone[1]) for one, kind in kinds.items()]
    store.write(lambda tx: tx.profiles.log(rows))
    assert store.write(lambda tx: tx.consents.holders(*phone)) == ["p1", "p2", "p3"]
    store.write(lambda tx: tx.profiles.merge("p3", "p1"))
    assert store.write(lambda tx: tx.consents.holders(*phone)) == ["p1", "p2"]
    assert store.write(lambda tx: tx.consents.holders("phone", "+1")) == []


def test_a_failed_job_leaves_neither(store: Store) -> None:
    """They belong to the transaction of the event that made them."""

    def job(tx: Any) -> None:
        tx.conversions.add([conversion(1)])
        tx.consents.add([statement(1)])
        tx.decisions.add([decision("d1")])
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.write(job)
    assert not store.read.conversions(Filter()).rows
    assert not store.read.consent_log(Filter(profile="p1")).rows
