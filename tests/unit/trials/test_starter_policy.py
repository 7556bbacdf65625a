"""The starter set with every trigger live at once: who waits for the morning, who gives way, who is capped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.config.trial import START, Person, Place
from core.engine.instant import iso, parse_time
from core.engine.rule import RuleSet
from core.ports import Status
from core.runners.rehearsal import Rehearsal
from cuewire.check import PRESETS
from cuewire.trials.calls import event_of, introduction
from cuewire.wiring import load_mappings

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LONDON, BERLIN = "+442079460100", "+4930901820"

#: Every hour of two days, one of them in winter and one in summer.
HOURS = [day + hour * HOUR for day in (START, START + 120 * DAY) for hour in range(24)]


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """Give the starter set as if somebody had set all of it live."""
    loaded = load_mappings(PRESETS)
    assert loaded.rules is not None
    triggers = {name: replace(one, status="live") for name, one in loaded.rules.triggers.items()}
    return replace(loaded.rules, triggers=triggers)


class Life:
    """One person, from a moment on."""

    def __init__(self, rules: RuleSet, start: int, **reached: str) -> None:
        self.rules, self.start = rules, start
        known = {"user_id": "u1", **(reached or {"phone": LONDON})}
        identifiers = {name: (value,) for name, value in known.items()}
        self.person = Person(Place("", 1, 1), identifiers, {}, {("marketing", ""): True})
        self.run = Rehearsal(rules, start - 1)
        self.run.accept(introduction(self.person, rules, start - 1))
        self._number = 0

    def does(self, after: int, event: str, **properties: Any) -> None:
        """Let an event come so long after the start."""
        self._number += 1
        call, at = {"type": "track", "event": event, "properties": properties}, self.start + after
        self.run.accept(event_of(call, self.person, self.rules, number=self._number, at=at, received_at=at))

    def views(self, after: int, category: str = "Tents") -> None:
        """Look at three products of a category within two minutes."""
        for number in range(3):
            product = f"{category} {number}"
            self.does(after + number * MINUTE, "Product Viewed", product_id=product, category=category)

    def fills_a_cart(self, after: int, cart: str = "c1") -> None:
        """Put a product into a cart."""
        self.does(after, "Product Added", cart_id=cart, product_id="p", name="Tent", price=60, quantity=1)

    def decided(self, trigger: str) -> list[tuple[str, str, int]]:
        """Give what became of a trigger that matched: outcome, the gate that failed, and when after the start."""
        return [
            (one.outcome, next((r.gate for r in one.reasons if not r.passed), ""), one.at - self.start)
            for one in self.run.decisions
            if one.trigger == trigger and one.outcome != "not_met"
        ]

    def sent(self) -> Iterator[tuple[str, int]]:
        """Give what left, and when after the start."""
        for row in self.run.deliveries:
            if row.status == Status.DELIVERED:
                yield row.message or f"{row.destination}.{row.action}", row.due_at - self.start


def test_a_cart_waits_while_another_attempt_is_fresh_and_then_goes(rules: RuleSet) -> None:
    """The concierge goes first; the reminder of the same moment is held an hour, and leaves the next morning."""
    life = Life(rules, START)
    life.does(0, "Order Completed", cart_id="c0", revenue=1200)
    life.fills_a_cart(8 * DAY, "c1")  # Tuesday
    life.fills_a_cart(10 * DAY, "c2")
    life.run.finish()
    second = 10 * DAY + 15 * MINUTE
    assert life.decided("vip_concierge") == [("fired", "", second)]
    held, fired = life.decided("abandoned_cart")[1:3]
    assert held == ("held", "group", second)
    assert fired[0] == "fired" and fired[2] == second + HOUR + 1
    sent = dict(life.sent())
    assert sent["concierge"] == second
    # One text message a day: London's next morning at eight, where the start is at ten.
    assert ("cart_reminder", 10 * DAY + 22 * HOUR) in list(life.sent())


def test_of_one_look_around_the_more_telling_is_told(rules: RuleSet) -> None:
    """Three products of one category are also three products: Braze hears of the category alone."""
    life = Life(rules, START)
    life.views(0)
    life.run.finish()
    assert life.decided("category_interest")[0][0] == "fired"
    assert life.decided("product_interest") == [("suppressed", "group", 2 * MINUTE)]
    assert [name for name, _ in life.sent()] == ["braze.track_event"]


def test_a_look_around_does_not_cost_the_cart_its_reminder(rules: RuleSet) -> None:
    """What tells Braze and what writes to people do not compete."""
    life = Life(rules, START)
    life.views(0)
    life.fills_a_cart(5 * MINUTE)
    life.run.finish()
    assert life.decided("abandoned_cart")[0] == ("fired", "", 20 * MINUTE)


@pytest.mark.parametrize("start", HOURS, ids=lambda at: iso(at)[:13])
def test_no_hour_of_the_day_loses_a_reminder_or_wakes_anybody(rules: RuleSet, start: int) -> None:
    """A cart left at any hour is reminded of once, at once or at eight where the person lives."""
    for phone, zone in ((LONDON, "Europe/London"), (BERLIN, "Europe/Berlin")):
        life = Life(rules, start, phone=phone)
        life.fills_a_cart(0)
        life.run.advance(start + 15 * MINUTE + 12 * HOUR)
        (left,) = [start + after for name, after in life.sent() if name == "cart_reminder"]
        hour = local_hour(left, zone)
        assert 8 <= hour < 21
        assert left == start + 15 * MINUTE or is_eight(left, zone)


def test_whom_nothing_places_is_written_to_when_it_is_day_in_the_whole_region(rules: RuleSet) -> None:
    """From New York to Honolulu: an e-mail to who has no phone and no country waits until all of them are up."""
    noon = parse_time("2026-03-02T12:00:00Z")
    assert noon is not None
    life = Life(rules, noon, email="ada@example.com")
    life.fills_a_cart(0)
    life.run.finish()
    (left,) = [noon + after for name, after in life.sent() if name == "cart_reminder"]
    assert is_eight(left, "Pacific/Honolulu") and local_hour(left, "America/New_York") == 13


def test_the_week_has_an_end_to_marketing(rules: RuleSet) -> None:
    """A cart on every day of a week: never more than four messages of it, one last call, one text a day."""
    life = Life(rules, START)
    for day in range(14):
        life.fills_a_cart(day * DAY + day * MINUTE, f"c{day}")
    life.run.finish()
    sent = sorted((after, name) for name, after in life.sent() if not name.startswith("braze"))
    weeks: dict[int, list[str]] = {}
    for after, name in sent:
        weeks.setdefault((START + after - 4 * DAY) // (7 * DAY), []).append(name)  # 1970 began on a Thursday
    assert len(sent) >= 8
    assert max(map(len, weeks.values())) <= 4
    assert max(names.count("cart_last_call") for names in weeks.values()) == 1
    days = [(START + after) // DAY for after, _ in sent]
    assert len(days) == len(set(days))


def test_the_folder_is_what_the_pages_say(rules: RuleSet) -> None:
    """Night from 21 to 8, a guard, and every group named by a trigger."""
    policy = rules.policy
    assert policy.quiet is not None and policy.guard is not None
    assert (policy.quiet.begin, policy.quiet.end) == (21 * 60, 8 * 60)
    assert {one.group for one in rules.triggers.values() if one.group} == set(policy.groups)
    assert Path(PRESETS / "policy.yaml").read_text().count("  - {") == len(policy.caps)


def local_hour(at: int, zone: str) -> int:
    """Give the hour that clocks in a zone show."""
    return int(_local(at, zone)[:2])


def is_eight(at: int, zone: str) -> bool:
    """Tell whether it is exactly eight in a zone."""
    return _local(at, zone) == "08:00:00.000000"


def _local(at: int, zone: str) -> str:
    from core.engine.instant import moment
    from core.engine.places import zone_named

    found = zone_named(zone)
    assert found is not None
    return moment(at).astimezone(found).strftime("%H:%M:%S.%f")
