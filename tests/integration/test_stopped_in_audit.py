"""The audit on a store in which much was stopped: its decisions are no differences, and hide no loss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded.published import publish
from embedded.shop import HOUR, Shop, told
from embedded.world import MINUTE

from core.dispatch.intent import NothingDue, claim
from core.ports import Filter, Status

HELLO = "message: hello\npurpose: marketing\nchannels: {sms: {via: twilio.send_message, body: Hello}}\n"
ASKED = """\
trigger: asked
status: live
when: {event: Asked, key: =properties.cart_id}
limits: {cap: {times: 100, per: 1d}}
do:
  - send: hello
  - wait: 1h
  - send: hello
  - braze.track_event: {external_id: =profile.id, name: Asked}
"""
CAP = "caps: [{all: true, times: 3, per: 1d}]\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Give a shop that writes to people, of whom some change their minds and some hear too much."""
    made = Shop(tmp_path)
    publish(made, {"policy.yaml": CAP, "messages/hello.yaml": HELLO, "triggers/asked.yaml": ASKED})
    for user in range(4):
        said(made, user, granted=True)
    for turn in range(10):
        made.clock.time += 10 * MINUTE
        for user in range(4):
            for cart in (f"c{turn}", f"d{turn}"):
                made.send(made.call("Asked", f"u{user}", properties={"cart_id": cart}))
        if turn % 4 == 2:
            said(made, turn % 3, granted=False)
        made.wake()
        leave(made)
    made.clock.time += 2 * HOUR
    made.wake()
    leave(made)
    yield made
    made.store.close()


def said(shop: Shop, user: int, *, granted: bool) -> None:
    """Let somebody say yes or no."""
    shop.count += 1
    context = {"consent": {"categoryPreferences": {"Advertising": granted}}}
    call: dict[str, Any] = {"type": "identify", "userId": f"u{user}", "messageId": f"m{shop.count}"}
    assert shop.send({**call, "context": context, "traits": {"phone": f"+120255501{user}0"}}) == ["applied"]


def leave(shop: Shop) -> None:
    """Commit the intents of what is due, and let it arrive."""
    while True:
        try:
            done = shop.store.write(
                lambda tx: claim(tx, "twilio", now=shop.clock.time, limit=50, may_send=shop.pipeline.permit)
            )
        except NothingDue:
            return
        for row in done.sending:
            row.status = Status.DELIVERED
            shop.store.write(lambda tx, row=row: tx.deliveries.save(row))


def test_what_was_stopped_is_no_difference(shop: Shop) -> None:
    """At either moment, by consent and by caps; the audit finds everything there."""
    stops = [one for one in decided(shop, "not_met") if one.reasons[0].get("step") is not None]
    moments = {(one.gate, one.reasons[0]["step"]) for one in stops}
    assert {("caps", 0), ("caps", 2), ("consent", 2)} <= moments and len(stops) > 10
    report = shop.audit(is_live=True)
    assert told(report) == [] and [one.verdict for one in report.findings] == []
    assert report.checked > 10


@pytest.mark.parametrize("status", ["delivered", "suppressed"])
def test_a_loss_beside_it_is_found(shop: Shop, status: str) -> None:
    """A firing that is gone, and a step behind a wait whose delivery is, whatever was said of other steps."""
    fired = decided(shop, "fired")
    lost = fired[2].id
    shop.spoil(
        f"DELETE FROM decisions WHERE id = '{lost}'", f"DELETE FROM deliveries WHERE decision_id = '{lost}'"
    )
    found = [row for row in deliveries(shop) if row.step == 2 and row.status == status]
    gone = next(row for row in found if row.decision_id != lost) if found else None
    if gone is not None:
        shop.spoil(f"DELETE FROM deliveries WHERE id = '{gone.id}'")
    report = shop.audit(is_live=True)
    missing = {one.id for one in report.findings if one.verdict == "missing"}
    assert lost in missing
    assert gone is None or gone.id in missing
    shop.audit(repair=True)
    assert told(shop.audit(is_live=True)) == []


def decided(shop: Shop, outcome: str) -> list[Any]:
    """Read decisions of an outcome, the first one first."""
    return list(reversed(shop.store.read.decisions(Filter(status=outcome, limit=500)).rows))


def deliveries(shop: Shop) -> list[Any]:
    """Read all deliveries, the first one first."""
    return list(reversed(shop.store.read.deliveries(Filter(limit=500)).rows))
