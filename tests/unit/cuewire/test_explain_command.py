"""``cuewire explain`` tells the story of any id from a data folder, in words and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from core.pipeline import Pipeline
from core.ports import Filter, RawEvent, Store
from core.store.embedded import open_store
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.wiring import load_mappings

TRIGGER = """
trigger: big_order
status: live
when: {event: Order Completed}
only_if:
  all:
    - =properties.revenue > 50
    - not: '=profile.traits.tier == "gold"'
do:
  - braze.track_event: {external_id: =profile.id, name: Big}
"""

CART = """
trigger: cart
status: live
when: {event: Product Added, not_followed_by: Order Completed, within: 15m, key: =properties.cart_id}
do:
  - braze.track_event: {external_id: =profile.id, name: Cart}
"""


PROFILE = """
segments:
  buyers: {count: {event: Order Completed, at_least: 1}}
scores:
  churn: =profile.traits.churn
"""

DEEP = """
trigger: deep
status: live
when: {count: {event: Order Completed, at_least: 2, within: 1h}}
only_if:
  all:
    - not: {in_segment: buyers}
    - any:
        - {count: {event: Seen, at_most: 3, within: 7d, ago: 7d}}
        - {score: {name: churn, above: 0.7}}
        - {consent: {purpose: marketing, channel: sms}}
        - {inactive_for: 3d}
do:
  - braze.track_event: {external_id: =profile.id, name: Deep}
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store in which somebody ordered twice, once for enough money."""
    (tmp_path / "triggers").mkdir()
    (tmp_path / "triggers" / "big_order.yaml").write_text(TRIGGER)
    (tmp_path / "triggers" / "cart.yaml").write_text(CART)
    (tmp_path / "triggers" / "deep.yaml").write_text(DEEP)
    (tmp_path / "profile.yaml").write_text(PROFILE)
    rules = load_mappings(tmp_path).rules
    assert rules is not None
    opened, clock = open_store(tmp_path / "data", clock=SystemClock()), SystemClock()
    pipeline = Pipeline(opened, clock, rules)
    for number, revenue in enumerate((10, 80)):
        call = {
            "type": "track",
            "event": "Order Completed",
            "userId": "u1",
            "messageId": f"m{number}",
            "properties": {"revenue": revenue},
            "traits": {"tier": "silver"},
        }
        pipeline.accept("segment", [RawEvent(msgspec.json.encode(call), call)], clock.now())
    seen = {"type": "track", "event": "Seen", "userId": "u1", "messageId": "m2"}
    pipeline.accept("segment", [RawEvent(b"seen", seen)], clock.now())
    added = {**seen, "event": "Product Added", "messageId": "m3", "properties": {"cart_id": "c1"}}
    pipeline.accept("segment", [RawEvent(b"added", added)], clock.now())
    yield opened
    opened.close()


def explain(folder: Path, subject: str, *more: str, code: int = 0) -> Result:
    """Run the command."""
    result = CliRunner().invoke(cli, ["explain", subject, "--data", str(folder / "data"), *more])
    assert result.exit_code == code, result.output + str(result.exception)
    return result


def test_an_event_is_told_with_its_decision_gate_by_gate(tmp_path: Path, store: Store) -> None:
    """Show each gate with the values it saw, down to the parts of a condition."""
    text = explain(tmp_path, "m0").output
    for part in (
        'event m0: track "Order Completed" from segment, applied',
        "linked: user_id u1",
        "big_order not_met",
        "passed anchor",
        "FAILED only_if",
        "FALSE: properties.revenue > 50; saw properties.revenue = 10",
    ):
        assert part in text, text


def test_every_kind_of_condition_is_told_with_what_it_saw(tmp_path: Path, store: Store) -> None:
    """As a tree: what stands below stands further in, and what cannot be known says why."""
    lines = explain(tmp_path, "m1").output.splitlines()
    start = next(number for number, line in enumerate(lines) if "FAILED only_if: all(" in line)
    assert lines[start + 1 : start + 9] == [
        "      FALSE: all",
        "        FALSE: not",
        "          true: in segment buyers; saw in it",
        "        true: any",
        "          true: count of Seen within 7d, 7d ago; saw 0, needed at most 3",
        "          UNKNOWN: score churn > 0.7; profile.traits.churn is missing",
        "          FALSE: consent to marketing by sms; saw no statement",
        "          FALSE: inactive for 3d; saw for 0s",
    ]
    assert any("passed anchor" in line and "count of Order Completed" in line for line in lines), lines


def test_a_persons_segments_are_told(tmp_path: Path, store: Store) -> None:
    """With the rest that is known of them."""
    assert "  in segments: buyers" in explain(tmp_path, "user_id:u1").output


def test_a_decision_and_a_delivery_are_told_with_the_event(tmp_path: Path, store: Store) -> None:
    """Start anywhere: the event, the decision and the delivery are all there."""
    (decision,) = store.read.decisions(Filter(status="fired")).rows
    (delivery,) = store.read.deliveries(Filter()).rows
    for subject in (decision.id, delivery.id):
        text = explain(tmp_path, subject).output
        assert "event m1" in text
        assert f"decision {decision.id}: big_order fired" in text
        assert f"delivery {delivery.id}: braze.track_event scheduled" in text


def test_a_person_is_found_by_id_and_by_identifier(tmp_path: Path, store: Store) -> None:
    """Show identifiers, traits and what happened lately."""
    owner = store.read.owner("user_id", "u1")
    for subject in (str(owner), "user_id:u1"):
        text = explain(tmp_path, subject).output
        assert f"profile {owner}" in text
        assert "trait tier: silver" in text
        assert "event m2" in text
        assert "big_order fired" in text


def test_an_event_that_nobody_looked_at_says_so(tmp_path: Path, store: Store) -> None:
    """An applied event without any decision names the possible reasons."""
    assert "no decision: no published trigger names this event" in explain(tmp_path, "m2").output


def test_an_event_that_opened_a_case_says_until_when_it_waits(tmp_path: Path, store: Store) -> None:
    """A cart that may still be ordered has no decision yet, and neither has nothing to say."""
    for subject in ("m3", "user_id:u1"):
        assert "waits: cart [c1] until 20" in explain(tmp_path, subject).output
    assert "waits:" not in explain(tmp_path, "m2").output


def test_machines_get_the_story_as_json(tmp_path: Path, store: Store) -> None:
    """The same shapes as the API's."""
    story: dict[str, Any] = json.loads(explain(tmp_path, "m1", "--json").output)
    assert story["kind"] == "event"
    assert {one["trigger"]: one["outcome"] for one in story["decisions"]} == {
        "big_order": "fired",
        "deep": "not_met",
    }
    assert [one["status"] for one in story["deliveries"]] == ["scheduled"]


def test_an_unknown_id_ends_with_1(tmp_path: Path, store: Store) -> None:
    """Say what could be asked for."""
    assert "NAMESPACE:VALUE" in explain(tmp_path, "nothing", code=1).stderr
    assert "NAMESPACE:VALUE" in explain(tmp_path, "user_id:nobody", code=1).stderr


def test_a_folder_without_a_store_is_refused(tmp_path: Path) -> None:
    """Name the two ways to say where to look."""
    result = CliRunner().invoke(cli, ["explain", "x", "--data", str(tmp_path / "none")])
    assert "no store" in str(result.exception)
