"""Splitting people who were joined by mistake: each has their own history again, and nothing fires by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded.world import MINUTE, NOW, World, compiled

from core.engine import Profile, decode
from core.engine.event import Identifier
from core.errors import OperatorError
from core.pipeline import Pipeline
from core.ports import Filter
from core.runners.audit.audit import Audit, Request
from core.runners.split import Split
from core.store.database import FILE
from core.store.embedded import open_store
from core.store.parting import Moved, part
from core.store.surgery import operate

CART = """
trigger: cart
status: live
when: {event: Product Added, not_followed_by: Order Completed, within: 15m, key: =properties.cart_id}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Cart left}
  - wait: 1h
  - braze.track_event: {external_id: =profile.id, name: Cart still left}
"""

BOUGHT = """
trigger: bought
status: live
when: {event: Order Completed}
limits: {once: true}
do:
  - braze.track_event: {external_id: =profile.id, name: Bought}
"""

VIEWS = """
trigger: views
status: live
when: {count: {event: Product Viewed, at_least: 3, within: 1d}}
limits: {cooldown: 1h}
do:
  - braze.track_event: {external_id: =profile.id, name: Interested}
"""

COOKIE = Identifier("anonymous_id", "a1")


class Home(World):
    """A household of one laptop: the cookie of one was taken for the other's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.rules = compiled(folder / "rules", cart=CART, bought=BOUGHT, views=VIEWS)
        self.pipeline.publish(self.rules)

    def by(self, name: str, **more: Any) -> str:
        """Send one event of the cookie, or of whoever is named."""
        call = self.call(name, **{"user": "", "anonymousId": "a1", **more})
        if not call["userId"]:
            del call["userId"]
        self.send(call)
        return str(call["messageId"])

    def join(self) -> None:
        """Join the cookie to Ada by mistake."""
        self.send({"type": "identify", "userId": "ada", "anonymousId": "a1", "messageId": "join"})

    def wake(self) -> None:
        """Drain what is due."""
        while (first := self.store.write(self.pipeline.wake)) is not None and first <= self.clock.time:
            pass

    def person(self, namespace: str, value: str) -> Profile:
        """Give the profile that holds an identifier."""
        owner = self.store.read.owner(namespace, value)
        state = self.store.read.profile(owner) if owner else None
        assert state is not None
        return decode(state)

    def split(self, *leaving: Identifier) -> Moved:
        """Split Ada's profile, the server being stopped for it."""
        person = self.person("user_id", "ada").id
        self.store.close()
        split = Split(self.folder / "data" / FILE, self.rules)
        try:
            with operate(self.folder / "data", clock=self.clock) as tx:
                moved = part(tx, person, split.sides(person, leaving, self.clock.time), self.clock.time)
        finally:
            split.close()
            self.store = open_store(self.folder / "data", clock=self.clock)
            self.pipeline = Pipeline(self.store, self.clock, self.rules)
        return moved

    def missing(self) -> list[str]:
        """Give what an audit finds missing."""
        audit = Audit(self.folder / "data" / FILE, self.pipeline.rules, self.clock)
        report = audit.run(Request(since=0, is_live=True))
        assert report.unreadable == 0
        return [one.reason for one in report.findings if one.verdict == "missing"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Give a home of its own to each test."""
    made = Home(tmp_path)
    yield made
    made.store.close()


def test_each_person_has_their_own_history_again(home: Home) -> None:
    """Traits, events, marks and the log of identifiers follow the identifiers."""
    home.send(home.call("Product Viewed", user="ada", context={"traits": {"city": "Paris"}}))
    home.by("Product Viewed", context={"traits": {"city": "Oslo"}})
    home.join()
    assert home.person("user_id", "ada").traits["city"].value == "Oslo"
    moved = home.split(COOKIE)
    ada, stranger = home.person("user_id", "ada"), home.person("anonymous_id", "a1")
    assert ada.id != stranger.id
    assert (ada.traits["city"].value, stranger.traits["city"].value) == ("Paris", "Oslo")
    assert moved.events == 1
    assert [row.id for row in home.store.read.events(Filter(profile=stranger.id)).rows] == ["m2"]
    assert {row.id for row in home.store.read.events(Filter(profile=ada.id)).rows} == {"m1", "join"}
    assert "split" in {link.kind for link in home.store.read.links(ada.id)}
    assert "split" in {link.kind for link in home.store.read.links(stranger.id)}
    home.by("Product Viewed")
    assert home.outcomes("views")[-1] == "not_met"


def test_nothing_fires_by_a_split_and_what_was_sent_stays_sent(home: Home) -> None:
    """Firings go with their events: once for ever stays so for the one, and is free for the other."""
    home.by("Order Completed")
    home.join()
    home.send(home.call("Order Completed", user="ada"))
    assert home.outcomes("bought") == ["fired", "suppressed"]
    before = {row.id for row in home.store.read.deliveries(Filter()).rows}
    moved = home.split(COOKIE)
    assert {row.id for row in home.store.read.deliveries(Filter()).rows} == before
    assert (moved.decisions, moved.deliveries) == (1, 1)
    home.by("Order Completed")
    home.send(home.call("Order Completed", user="ada"))
    assert home.outcomes("bought") == ["fired", "suppressed", "suppressed", "fired"]
    stranger = home.person("anonymous_id", "a1")
    assert {row.profile_id for row in home.store.read.decisions(Filter(profile=stranger.id)).rows} == {
        stranger.id
    }
    assert home.missing() == []


def test_a_case_that_the_other_had_closed_is_open_again_while_it_is_not_due(home: Home) -> None:
    """The cart of the one, closed by the order of the other, is waited for again where that was not decided."""
    home.by("Product Added", properties={"cart_id": "c1"})
    home.join()
    home.send(home.call("Product Added", user="ada", properties={"cart_id": "c2"}))
    home.clock.time += MINUTE
    home.split(COOKIE)
    assert [case.key for case in home.person("anonymous_id", "a1").cases["cart"]] == ["c1"]
    assert [case.key for case in home.person("user_id", "ada").cases["cart"]] == ["c2"]
    home.send(home.call("Order Completed", user="ada"))
    home.clock.time += 16 * MINUTE
    home.wake()
    fired = [row for row in home.store.read.decisions(Filter(trigger="cart")).rows if row.outcome == "fired"]
    assert [row.key for row in fired] == ["c1"]
    assert home.missing() == []


def test_a_wait_goes_with_its_person_and_its_step_is_sent_once(home: Home) -> None:
    """An order of the one no longer ends the journey of the other."""
    home.by("Product Added", properties={"cart_id": "c1"})
    home.join()
    home.clock.time += 16 * MINUTE
    home.wake()
    assert home.deliveries() == ["Cart left"]
    home.split(COOKIE)
    home.send(home.call("Order Completed", user="ada"))
    home.clock.time += 61 * MINUTE
    home.wake()
    assert sorted(home.deliveries()) == ["Bought", "Cart left", "Cart still left"]
    assert home.missing() == []


def test_the_next_event_with_both_identifiers_does_not_join_them_again(home: Home) -> None:
    """It goes to the stronger one and says so; an alias call, which names both expressly, joins them."""
    home.by("Product Viewed")
    home.join()
    home.split(COOKIE)
    home.send({"type": "track", "event": "Other", "userId": "ada", "anonymousId": "a1", "messageId": "again"})
    ada, stranger = home.person("user_id", "ada"), home.person("anonymous_id", "a1")
    assert ada.id != stranger.id
    assert "kept_apart" in {link.kind for link in home.store.read.links(ada.id)}
    home.send({"type": "alias", "userId": "ada", "previousId": "a1", "messageId": "alias"})
    assert home.person("user_id", "ada").id == home.person("anonymous_id", "a1").id
    home.send({"type": "track", "event": "Other", "userId": "ada", "anonymousId": "a1", "messageId": "both"})
    assert home.missing() == []


def test_a_third_identifier_does_not_lead_around_the_split(home: Home) -> None:
    """What belongs to one side since brings the other side's no closer."""
    home.by("Product Viewed")
    home.join()
    home.split(COOKIE)
    for who in ({"userId": "ada", "anonymousId": "a9"}, {"anonymousId": "a1"}):
        home.send(
            home.call("Other", **{"userId": "", **who}) if "userId" not in who else home.call("Other", **who)
        )
    home.by("Other", anonymousId="a1", context={"traits": {"email": "bo@example.com"}})
    home.send(home.call("Other", user="ada", context={"traits": {"email": "bo@example.com"}}))
    assert home.person("user_id", "ada").id != home.person("email", "bo@example.com").id
    assert home.person("anonymous_id", "a9").id == home.person("user_id", "ada").id


def test_consent_is_that_of_the_own_events(home: Home) -> None:
    """The other's refusal goes with the other; what nobody's event explains stands for both."""
    granted = {"consent": {"categoryPreferences": {"Advertising": True}}}
    refused = {"consent": {"categoryPreferences": {"Advertising": False}}}
    home.send(home.call("Other", user="ada", context=granted))
    home.clock.time += MINUTE
    home.by("Other", context=refused)
    home.clock.time += MINUTE
    home.join()
    assert not home.person("user_id", "ada").consent["marketing/"].granted
    home.split(COOKIE)
    assert home.person("user_id", "ada").consent["marketing/"].granted
    assert not home.person("anonymous_id", "a1").consent["marketing/"].granted


def test_an_identifier_without_events_of_its_own_can_leave(home: Home) -> None:
    """It becomes a person with an empty history."""
    home.send(home.call("Other", user="ada", context={"traits": {"email": "bo@example.com"}}))
    moved = home.split(Identifier("email", "bo@example.com"))
    assert moved.events == 0
    bo = home.person("email", "bo@example.com")
    assert bo.identifiers == {"email": bo.identifiers["email"]}
    assert home.person("user_id", "ada").identifiers.keys() == {"user_id"}
    home.send(home.call("Other", user="ada", context={"traits": {"email": "bo@example.com"}}))
    assert home.person("email", "bo@example.com").id == bo.id


@pytest.mark.parametrize(
    ("leaving", "problem"),
    [
        ((), "Nobody would leave"),
        ((COOKIE, Identifier("user_id", "ada")), "Nobody would stay"),
        ((Identifier("user_id", "bo"),), "is not this person's"),
    ],
)
def test_a_split_that_makes_no_two_people_is_refused(
    home: Home, leaving: tuple[Identifier, ...], problem: str
) -> None:
    """Nothing is changed by it."""
    home.by("Other")
    home.join()
    with pytest.raises(OperatorError, match=problem):
        home.split(*leaving)
    assert home.person("user_id", "ada").id == home.person("anonymous_id", "a1").id


def test_a_split_that_fails_midway_leaves_all_as_it_was(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one transaction."""
    home.by("Other")
    home.join()
    before = home.person("user_id", "ada")

    def fail(*_: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("core.store.parting.set_apart", fail)
    with pytest.raises(RuntimeError):
        home.split(COOKIE)
    assert home.person("user_id", "ada") == before
    assert home.person("anonymous_id", "a1").id == before.id


def test_a_split_among_much_traffic_leaves_nothing_missing(home: Home) -> None:
    """Before and after it, with late events, the audit finds nothing."""
    for n in range(40):
        home.clock.time += 3 * MINUTE
        home.wake()
        name = ("Product Added", "Product Viewed", "Order Completed", "Other")[n % 4]
        late = home.clock.time - (n % 3) * 5 * MINUTE
        more = {"properties": {"cart_id": f"c{n % 2}"}, "timestamp": late}
        if n == 10:
            home.join()
        if n == 25:
            home.split(COOKIE)
        if n % 5 < 2:
            home.send(home.call(name, user="ada", **more))
        else:
            home.by(name, **more)
    assert home.missing() == []
    assert home.clock.time > NOW
