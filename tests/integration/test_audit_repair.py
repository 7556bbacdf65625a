"""Losses planted in stores that real traffic has filled: each is found, put back, and nothing comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded.shop import HELLO, HELLO_TRIGGER, HOUR, Shop, forget, lost, told
from embedded.world import MINUTE, compiled

from core.ports import Filter
from core.runners.audit.repair import TOO_LATE


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Give a shop of its own to each test."""
    made = Shop(tmp_path)
    yield made
    made.store.close()


def test_every_lost_decision_is_found_and_put_back(shop: Shop) -> None:
    """With its delivery where that went too; what had been handed over is not handed over again."""
    shop.traffic()
    fired = shop.column("SELECT id FROM decisions WHERE outcome = 'fired' ORDER BY seq")
    gone, bare = fired[::3], fired[::6]
    before = shop.column("SELECT id FROM deliveries ORDER BY id")
    attempts = shop.column("SELECT count(*) FROM deliveries WHERE attempts <> '[]'")
    lost(shop, gone, "decisions")
    for one in bare:
        shop.spoil(f"DELETE FROM deliveries WHERE decision_id = '{one}'")
    report = shop.audit()
    assert {one.id for one in report.findings if one.verdict == "missing"} == set(gone)
    report = shop.audit(repair=True)
    assert report.left == 0
    assert report.repaired >= len(gone)
    assert shop.column("SELECT id FROM decisions WHERE outcome = 'fired' ORDER BY seq") != []
    assert set(shop.column("SELECT id FROM decisions WHERE outcome = 'fired'")) == set(fired)
    assert shop.column("SELECT id FROM deliveries ORDER BY id") == before
    assert shop.column("SELECT count(*) FROM deliveries WHERE attempts <> '[]'") == attempts
    assert told(shop.audit(is_live=True)) == []


def test_every_lost_delivery_is_found_and_put_back(shop: Shop) -> None:
    """Those of the first step and those behind a wait."""
    shop.traffic()
    before = shop.column("SELECT id FROM deliveries ORDER BY id")
    assert shop.column("SELECT count(*) FROM deliveries WHERE step = 2")[0] > 1
    gone = before[::4]
    lost(shop, gone, "deliveries")
    report = shop.audit()
    assert {one.id for one in report.findings} == set(gone)
    assert {one.kind for one in report.findings} == {"delivery"}
    assert shop.audit(repair=True).left == 0
    assert shop.column("SELECT id FROM deliveries ORDER BY id") == before
    assert told(shop.audit(is_live=True)) == []


def test_a_timer_that_nobody_looks_at_is_found_and_fires_once(shop: Shop) -> None:
    """A person whose next due was lost from the index of timers."""
    shop.send(shop.call("Product Added", properties={"cart_id": "c1"}))
    shop.spoil("UPDATE profiles SET next_due = NULL")
    shop.clock.time += 16 * MINUTE
    shop.wake()
    assert shop.outcomes("cart") == []
    assert [kind for kind, _, _ in told(shop.audit(is_live=True))] == ["next_due"]
    assert shop.audit(repair=True, is_live=True).left == 0
    shop.wake()
    assert shop.outcomes("cart") == ["fired"]
    assert told(shop.audit(is_live=True)) == []


def test_a_timer_that_is_not_drained_is_told_where_something_should_drain_it(shop: Shop) -> None:
    """A stopped server owes nothing yet; a running one is late."""
    shop.send(shop.call("Product Added", properties={"cart_id": "c1"}))
    shop.clock.time += 20 * MINUTE
    assert told(shop.audit()) == []
    assert [kind for kind, _, _ in told(shop.audit(is_live=True))] == ["overdue"]


@pytest.mark.parametrize("minutes", [5, 20])
def test_a_case_lost_from_a_profile_is_found(shop: Shop, minutes: int) -> None:
    """Before its due it is put back and fires then; behind it the decision is made up for, once."""
    shop.send(shop.call("Product Added", properties={"cart_id": "c1"}))
    forget(shop, "cases")
    shop.clock.time += minutes * MINUTE
    shop.wake()
    kinds = {one.trigger: one.kind for one in shop.audit().findings}
    assert kinds == {"cart": "timer" if minutes < 15 else "decision", "quiet": "timer"}
    assert shop.audit(repair=True).left == 0
    shop.clock.time += 15 * MINUTE
    shop.wake()
    assert shop.outcomes("cart") == ["fired"]
    assert shop.deliveries() == ["Cart left"]
    assert shop.audit(repair=True).left == 0
    shop.clock.time += 2 * HOUR
    shop.wake()
    assert shop.deliveries().count("Cart still left") == 1
    assert told(shop.audit(is_live=True)) == []


def test_a_wait_lost_from_a_profile_is_found(shop: Shop) -> None:
    """The step behind it is owed."""
    shop.send(shop.call("Product Added", properties={"cart_id": "c1"}))
    shop.clock.time += 16 * MINUTE
    shop.wake()
    forget(shop, "journeys")
    (finding,) = shop.audit().findings
    assert (finding.kind, finding.trigger) == ("timer", "cart")
    assert shop.audit(repair=True).left == 0
    shop.clock.time += 61 * MINUTE
    shop.wake()
    assert shop.deliveries().count("Cart still left") == 1
    assert told(shop.audit(is_live=True)) == []


def test_a_message_found_too_late_is_listed_and_not_sent(shop: Shop) -> None:
    """Its ``valid_for`` holds for what is put back too."""
    (shop.folder / "rules" / "messages").mkdir(parents=True)
    (shop.folder / "rules" / "messages" / "hello.yaml").write_text(HELLO)
    rules = compiled(shop.folder / "rules", hello=HELLO_TRIGGER)
    shop.pipeline.publish(rules)
    shop.send(shop.call("Signed Up", context={"traits": {"phone": "+14155550199"}}))
    shop.spoil("DELETE FROM decisions", "DELETE FROM deliveries")
    shop.clock.time += 2 * HOUR
    assert shop.audit(repair=True).left == 0
    (row,) = shop.store.read.deliveries(Filter()).rows
    assert (row.status, row.reason) == ("expired", TOO_LATE)


def test_a_repair_leaves_alone_who_has_changed_meanwhile(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event between the look and the repair: the next run looks again."""
    shop.send(shop.call("Order Completed"))
    shop.spoil("DELETE FROM decisions")
    real = shop.store.write

    def write(job: Any) -> Any:
        monkeypatch.undo()
        shop.send(shop.call("Other"))
        return real(job)

    monkeypatch.setattr(shop.store, "write", write)
    assert shop.audit(repair=True).left == 1
    assert shop.audit(repair=True).left == 0
    assert shop.outcomes("bought") == ["fired"]
