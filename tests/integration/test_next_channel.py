"""A message whose channel is refused: the next one takes its place, once, under the same rules."""

from __future__ import annotations

from typing import Any

import pytest
from embedded.published import publish
from embedded.world import MINUTE, World

from core.dispatch import settle
from core.dispatch.intent import NothingDue, claim
from core.dispatch.outcome import record
from core.engine.governance import Permit
from core.engine.instant import iso
from core.pipeline.instead import Instead
from core.ports import Delivered, DeliveryRow, Filter, Outcome, Rejected, RetryLater, Status, Transaction
from core.retry import RetryPolicy

HOUR = 60 * MINUTE

MESSAGE = """\
message: hello
purpose: marketing
valid_for: 48h
channels:
  sms: {via: twilio.send_message, body: Hello}
  email: {via: sendgrid.send_email, subject: Hello, text: "Hello {{ profile.traits.name }}"}
"""
ASKED = "trigger: asked\nstatus: live\nwhen: {event: Asked}\nexit_on: [Answered]\ndo: [send: hello]\n"

#: The world begins at eight in the morning.
QUIET = "quiet_hours: {from: 21:00, to: 09:30, zone: =profile.traits.timezone, otherwise: UTC}\n"
REFUSED = Rejected("21614: not a mobile number")


class Vendors:
    """Carries deliveries out as the lanes do, with an answer of each destination; gives what was sent."""

    def __init__(self, world: World, **answers: Outcome) -> None:
        self.world = world
        self.answers = answers
        self.instead = Instead(world.pipeline)

    def run(self) -> list[str]:
        """Send all that is due, until nothing is."""
        sent: list[str] = []
        while found := self._claimed():
            for row in found:
                sent.append(row.channel)
                self.world.store.write(lambda tx, row=row: self._record(tx, row))
        return sent

    def _claimed(self) -> list[DeliveryRow]:
        found: list[DeliveryRow] = []
        for name in ("twilio", "sendgrid"):
            try:
                found += self.world.store.write(
                    lambda tx, name=name: claim(
                        tx, name, now=self.world.clock.time, limit=10, may_send=self._permit
                    )
                ).sending
            except NothingDue:
                continue
        return found

    def _permit(self, tx: Transaction, row: DeliveryRow, now: int) -> Permit:
        found = self.world.pipeline.permit(tx, row, now)
        if found.is_unusable:
            self.instead.follow(tx, row, now, why=found.refusal)
        return found

    def _record(self, tx: Transaction, row: DeliveryRow) -> None:
        answer = self.answers.get(row.destination, Delivered())
        now = self.world.clock.time
        stored = record(tx, row.id, answer, number=1, now=now, horizon=HOUR, policy=RetryPolicy())
        if stored is not None and stored.status == Status.REJECTED:
            self.instead.refused(tx, stored, now)


def begin(world: World, *, policy: str = "caps: []\n", **traits: Any) -> None:
    """Publish a message with two channels, and let a person agree to both."""
    publish(world, {"policy.yaml": policy, "messages/hello.yaml": MESSAGE, "triggers/asked.yaml": ASKED})
    agree(world, granted=True, **traits)


def agree(world: World, *, granted: bool, **traits: Any) -> None:
    """Let the person say yes or no to everything."""
    call = world.call("")
    consent = {"categoryPreferences": {"Advertising": granted}}
    told = {"phone": "+12025550123", "email": "ada@example.com", "name": "Ada", **traits}
    call = {**call, "type": "identify", "context": {"consent": consent}, "traits": told}
    assert world.send(call) == ["applied"]


def rows(world: World) -> dict[str, tuple[str, str]]:
    """Give the status and reason of each delivery by its channel."""
    found = world.store.read.deliveries(Filter(limit=500)).rows
    return {row.channel: (str(row.status), row.reason) for row in found}


def test_the_next_channel_follows_one_that_its_vendor_refused(world: World) -> None:
    """With its own fields, by its own destination, under the same decision; the list says instead of what."""
    begin(world)
    world.send(world.call("Asked"))
    assert Vendors(world, twilio=REFUSED).run() == ["sms", "email"]
    assert rows(world) == {
        "sms": ("rejected", "21614: not a mobile number"),
        "email": ("delivered", ""),
    }
    email, sms = world.store.read.deliveries(Filter(limit=500)).rows
    assert email.fields["text"] == "Hello Ada"
    assert (email.decision_id, email.step, email.id) == (sms.decision_id, sms.step, f"{sms.id}-email")
    assert email.expires_at == sms.expires_at
    assert (email.spare, sms.spare) == ([], [])


def test_nothing_follows_a_message_that_arrives_or_may_yet(world: World) -> None:
    """Neither what was delivered nor what is tried again takes a second channel."""
    begin(world)
    world.send(world.call("Asked"))
    assert Vendors(world, twilio=RetryLater("busy")).run() == ["sms"]
    world.send(world.call("Asked", user="u1"))
    assert set(rows(world)) == {"sms"}


def test_a_report_that_comes_later_lets_the_next_channel_follow_once(world: World) -> None:
    """Accepted, then undeliverable; the same report again changes nothing."""
    begin(world)
    world.send(world.call("Asked"))
    vendors = Vendors(world)
    assert vendors.run() == ["sms"]
    (row,) = world.store.read.deliveries(Filter(limit=500)).rows

    def report(tx: Transaction) -> bool:
        has_changed = settle(
            tx, row.id, status=Status.REJECTED, reason="30003: unreachable", at=world.clock.time, final=True
        )
        if has_changed and (found := tx.deliveries.get(row.id)):
            vendors.instead.refused(tx, found, world.clock.time)
        return has_changed

    assert world.store.write(report)
    assert not world.store.write(report)
    assert vendors.run() == ["email"]


def test_a_refused_message_counts_for_no_cap(world: World) -> None:
    """Else the cap of one a day would stop the channel that is to reach the person."""
    begin(world, policy="caps: [{all: true, times: 1, per: 1d}]\n")
    world.send(world.call("Asked"))
    assert Vendors(world, twilio=REFUSED).run() == ["sms", "email"]
    world.send(world.call("Asked"))
    assert world.outcomes("asked") == ["fired", "suppressed"]


def test_consent_is_asked_for_the_next_channel_too(world: World) -> None:
    """Who has said no to everything meanwhile gets nothing, and each channel says why."""
    begin(world)
    world.send(world.call("Asked"))
    world.clock.time += MINUTE
    agree(world, granted=False)
    assert Vendors(world).run() == []
    said = rows(world)
    assert said["sms"] == ("suppressed", "consent: marketing by sms: withdrawn")
    assert said["email"] == ("suppressed", "consent: marketing by email: withdrawn")


@pytest.mark.parametrize("missing", ["email", "name"])
def test_a_channel_that_cannot_say_what_it_should_does_not_follow(world: World, missing: str) -> None:
    """Without an address, or without a value that its text needs."""
    begin(world, **{missing: None})
    world.send(world.call("Asked"))
    assert Vendors(world, twilio=REFUSED).run() == ["sms"]
    assert set(rows(world)) == {"sms"}


def test_an_exit_takes_back_the_next_channel_while_quiet_hours_hold_it(world: World) -> None:
    """It began with the same anchor, and waits for the morning when the answer comes."""
    begin(world)
    world.send(world.call("Asked"))
    vendors = Vendors(world, twilio=REFUSED)
    assert vendors._claimed()[0].channel == "sms"
    publish(world, {"policy.yaml": QUIET, "messages/hello.yaml": MESSAGE, "triggers/asked.yaml": ASKED})
    (sms,) = world.store.read.deliveries(Filter(limit=500)).rows
    world.store.write(lambda tx: vendors._record(tx, sms))
    assert vendors.run() == []
    held = world.store.read.deliveries(Filter(limit=500)).rows[0]
    assert (held.channel, iso(held.due_at)) == ("email", "2027-01-15T09:30:00.000Z")
    world.clock.time += MINUTE
    world.send(world.call("Answered"))
    assert rows(world)["email"][0] == "cancelled"
    world.clock.time += 2 * HOUR
    assert vendors.run() == []
