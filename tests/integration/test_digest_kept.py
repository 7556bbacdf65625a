"""What waits in a digest is kept by audits, and through merges and splits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from embedded.shop import Shop, forget, told
from embedded.world import MINUTE, compiled

from core.engine import Profile, decode
from core.engine.digests import digests_of
from core.engine.event import Identifier
from core.pipeline import Pipeline
from core.ports import DeliveryRow, Filter
from core.runners.split import Split
from core.store.database import FILE
from core.store.embedded import open_store
from core.store.parting import part
from core.store.surgery import operate
from cuewire.cli import cli
from cuewire.profile.show import open_lines, open_things

PRICE = """
trigger: price
status: live
when: {event: Price Dropped, key: =properties.sku}
limits: {cooldown: 1d, per: key}
exit_on: [{event: Order Completed}]
do: [send: alert]
"""
ALERT = """
message: alert
purpose: transactional
digest: 1h
channels:
  sms: {via: twilio.send_message, to: "+4915112345678", body: '{% for one in cases %}{{ one.key }} {% endfor %}'}
"""
COOKIE = Identifier("anonymous_id", "a1")


class Gathering(Shop):
    """A shop that tells of lower prices once an hour."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        path = folder / "rules" / "messages" / "alert.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(ALERT)
        self.rules = compiled(folder / "rules", price=PRICE)
        self.pipeline.publish(self.rules)

    def drop(self, sku: str, **more: Any) -> None:
        """Let a price drop."""
        self.clock.time += MINUTE
        self.send(self.call("Price Dropped", properties={"sku": sku}, **more))

    def by_cookie(self, sku: str) -> None:
        """Let a price drop for the one who is known by a cookie alone."""
        call = self.call("Price Dropped", properties={"sku": sku}, anonymousId="a1")
        del call["userId"]
        self.clock.time += MINUTE
        self.send(call)

    def pass_hour(self) -> None:
        """Let the digest become due."""
        self.clock.time += 61 * MINUTE
        self.wake()

    def rows(self) -> list[DeliveryRow]:
        """Give the deliveries, the oldest first."""
        return list(self.store.read.deliveries(Filter(limit=500)).rows)[::-1]

    def texts(self) -> list[str]:
        """Give what is to leave."""
        return [row.fields["body"].strip() for row in self.rows() if row.status == "scheduled"]

    def person(self, namespace: str, value: str) -> Profile:
        """Give the profile that holds an identifier."""
        owner = self.store.read.owner(namespace, value)
        state = self.store.read.profile(owner) if owner else None
        assert state is not None
        return decode(state)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Gathering]:
    """Give a shop of its own to each test."""
    made = Gathering(tmp_path)
    yield made
    made.store.close()


def test_an_audit_agrees_before_and_behind_the_due(shop: Gathering) -> None:
    """Also with a case that an exit event took out."""
    shop.drop("a")
    shop.drop("b")
    shop.drop("c", user="u2")
    assert told(shop.audit(is_live=True)) == []
    shop.send(shop.call("Order Completed", "u2", properties={"sku": "c"}))
    shop.pass_hour()
    assert (shop.texts(), len(shop.rows())) == (["a b"], 2)
    assert told(shop.audit(is_live=True)) == []


@pytest.mark.parametrize("is_over", [False, True])
def test_a_case_lost_from_a_digest_is_found_and_put_back(shop: Gathering, is_over: bool) -> None:
    """Before the due it joins again; behind it the message is made up for, with all its cases."""
    shop.drop("a")
    shop.drop("b")
    forget(shop, "digests")
    if is_over:
        shop.pass_hour()
    assert {(one.kind, one.verdict) for one in shop.audit().findings} == {
        ("delivery" if is_over else "timer", "missing")
    }
    assert shop.audit(repair=True).left == 0
    shop.pass_hour()
    assert shop.texts() == ["a b"]
    assert [row.status for row in shop.rows()] == ["scheduled", "cancelled"]
    assert told(shop.audit(is_live=True)) == []


def test_two_people_found_to_be_one_get_one_message(shop: Gathering) -> None:
    """And an audit, which lives through it once more, agrees."""
    shop.by_cookie("a")
    shop.drop("b", user="ada")
    shop.send({"type": "identify", "userId": "ada", "anonymousId": "a1", "messageId": "join"})
    shop.pass_hour()
    assert shop.texts() == ["a b"]
    assert told(shop.audit(is_live=True)) == []


def test_a_split_gives_each_their_own_cases(shop: Gathering) -> None:
    """Each goes with its anchor event."""
    shop.by_cookie("a")
    shop.drop("b", user="ada")
    shop.send({"type": "identify", "userId": "ada", "anonymousId": "a1", "messageId": "join"})
    person = shop.person("user_id", "ada").id
    shop.store.close()
    split = Split(shop.folder / "data" / FILE, shop.rules)
    with operate(shop.folder / "data", clock=shop.clock) as tx:
        part(tx, person, split.sides(person, [COOKIE], shop.clock.time), shop.clock.time)
    split.close()
    shop.store = open_store(shop.folder / "data", clock=shop.clock)
    shop.pipeline = Pipeline(shop.store, shop.clock, shop.rules)
    held = [shop.person(*one) for one in (("anonymous_id", "a1"), ("user_id", "ada"))]
    assert [[one.key for digest in digests_of(p) for one in digest.joined] for p in held] == [["a"], ["b"]]
    shop.pass_hour()
    assert sorted(shop.texts()) == ["a", "b"]


def test_what_waits_is_shown(shop: Gathering) -> None:
    """With the message, the number of cases and the due."""
    shop.drop("a")
    shop.drop("b")
    (digest,) = open_things(shop.person("user_id", "u1"))["digests"]
    assert (digest["message"], digest["cases"]) == ("alert", 2)
    held = {"cases": [], "journeys": [], "dates": [], "digests": [digest]}
    assert list(open_lines(held)) == [f"  digest: alert about 2, due {digest['due']}"]


def test_a_preview_shows_what_is_gathered(shop: Gathering) -> None:
    """The open digest with all its cases; without one the last real case alone."""
    shop.drop("a")
    shop.drop("b")
    told_of, body = preview(shop)
    assert (told_of.startswith("the open digest, 2 cases, due at "), body) == (True, "a b ")
    assert told_of.endswith("; its digest gathers for 1h")
    shop.pass_hour()
    told_of, body = preview(shop)
    assert (told_of.startswith("the last case of price"), body) == (True, "b ")


def preview(shop: Gathering) -> tuple[str, str]:
    """Give what a preview is filled in with, and the text."""
    folders = ["--mappings", str(shop.folder / "rules"), "--data", str(shop.folder / "data")]
    told = json.loads(
        CliRunner().invoke(cli, ["preview", "alert", "--profile", "u1", "--json", *folders]).stdout
    )
    return told["sample"]["told"], told["channels"][0]["fields"]["body"]
