"""The audit on stores that real traffic has filled: what is no loss is not called one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from embedded.shop import BOUGHT, CART, HOUR, RULES, Shop, told
from embedded.world import MINUTE, NOW, compiled

from core.ports import RawEvent
from core.runners.audit.audit import Audit, Request
from core.runners.audit.group import Group, groups
from core.store.database import FILE
from core.store.journal import Journal


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Give a shop of its own to each test."""
    made = Shop(tmp_path)
    yield made
    made.store.close()


def test_a_clean_store_lacks_nothing(shop: Shop) -> None:
    """After hours of late, joined and anonymous events every firing is there."""
    shop.traffic()
    report = shop.audit(is_live=True)
    assert told(report) == []
    assert (report.unreadable, report.left) == (0, 0)
    assert report.checked > 50


def test_a_server_that_was_down_and_late_has_lost_nothing(shop: Shop) -> None:
    """Timers that wait for the next start are no loss; what the delay changed is none either."""
    for hours in (1, 3, 6):
        shop.traffic(30)
        shop.clock.time += hours * HOUR
        assert told(shop.audit()) == []
        shop.send(*(shop.drawn() for _ in range(4)))
    shop.wake()
    assert told(shop.audit(is_live=True)) == []


def test_imported_history_is_owed_nothing(shop: Shop) -> None:
    """It fires nothing, in the audit as in the import; what comes live behind it is looked at."""
    calls = [shop.call("Order Completed", timestamp=NOW - n * HOUR) for n in range(5)]
    items = [RawEvent(msgspec.json.encode(call), call) for call in calls]
    shop.pipeline.recall("segment", items, [NOW - n * HOUR for n in range(5)]).result()
    shop.traffic(40)
    report = shop.audit(is_live=True)
    assert told(report) == []
    assert report.events > 40


def test_what_was_not_met_is_no_loss(shop: Shop) -> None:
    """A firing that an earlier version of the rule had refused differs, with the reason, and stays as it is."""
    refusing = BOUGHT.replace("limits:", "only_if: =properties.cart_id == 'none'\nlimits:")
    shop.pipeline.publish(compiled(shop.folder / "rules", **{**RULES, "bought": refusing}))
    shop.send(shop.call("Order Completed", properties={"cart_id": "c1"}))
    shop.clock.time += MINUTE
    shop.pipeline.publish(compiled(shop.folder / "rules", **RULES))
    report = shop.audit(repair=True)
    assert told(report) == []
    (finding,) = report.findings
    assert finding.verdict == "differs"
    assert "not met by only_if" in finding.reason
    assert shop.deliveries() == []


def test_a_rule_owes_nothing_for_what_came_before_it(shop: Shop) -> None:
    """Neither a new one nor one that was a shadow then."""
    shop.pipeline.publish(compiled(shop.folder / "rules", cart=CART))
    shop.send(shop.call("Order Completed"), shop.call("Product Added", properties={"cart_id": "c1"}))
    shop.clock.time += MINUTE
    shadow = BOUGHT.replace("status: live", "status: shadow")
    shop.pipeline.publish(compiled(shop.folder / "rules", cart=CART, bought=shadow))
    shop.send(shop.call("Order Completed"))
    shop.spoil("DELETE FROM decisions")
    shop.clock.time += MINUTE
    shop.pipeline.publish(compiled(shop.folder / "rules", cart=CART, bought=BOUGHT))
    report = shop.audit(repair=True)
    assert {(one.trigger, one.verdict) for one in report.findings} == {("bought", "differs")}
    assert shop.deliveries() == []


def test_only_the_trigger_and_the_time_asked_for_are_looked_at(shop: Shop) -> None:
    """Other losses stay unsaid."""
    shop.send(shop.call("Order Completed"))
    shop.clock.time += HOUR
    shop.send(shop.call("Order Completed"))
    shop.spoil("DELETE FROM decisions")
    path = shop.folder / "data" / FILE
    audit = Audit(path, shop.pipeline.rules, shop.clock)
    assert audit.run(Request(since=NOW + MINUTE)).missing == 1
    assert audit.run(Request(since=0, trigger="cart")).missing == 0
    assert audit.run(Request(since=0, trigger="bought")).missing == 2


def test_a_large_store_is_walked_through_in_rounds(shop: Shop) -> None:
    """Everyone is in one group exactly, whatever the size of a round."""
    shop.traffic(40)
    journal = Journal(shop.folder / "data" / FILE)
    try:
        by_size = [sorted(map(str, groups(journal, size=size))) for size in (10, 1000)]
    finally:
        journal.close()
    assert by_size[0] == by_size[1]
    assert sum(len(group.seqs) for group in groups_of(shop)) == len(
        shop.column("SELECT seq FROM events WHERE status = 'applied'")
    )


def groups_of(shop: Shop) -> list[Group]:
    """Give the groups of a shop."""
    journal = Journal(shop.folder / "data" / FILE)
    try:
        return list(groups(journal))
    finally:
        journal.close()
