"""A channel whose destination fails for longer than a message's patience gives way to the next one."""

from __future__ import annotations

from pathlib import Path

import pytest
from embedded.published import publish
from embedded.world import MINUTE, World

from core.dispatch.intent import NothingDue, claim
from core.dispatch.outcome import record, recover
from core.dispatch.stop import StopSwitch
from core.pipeline.instead import Instead
from core.ports import DeliveryRow, Filter, Outcome, RetryLater, Unknown
from core.retry import RetryPolicy
from core.runners.patience import Patience

MESSAGE = """\
message: hello
purpose: transactional
patience: 30m
channels:
  sms: {via: twilio.send_message, body: Hello}
  email: {via: sendgrid.send_email, subject: Hello, text: Hello}
"""
ASKED = "trigger: asked\nstatus: live\nwhen: {event: Asked}\nexit_on: [Answered]\ndo: [send: hello]\n"

#: Nothing was sent, and may be tried again.
DOWN = RetryLater("no connection to Twilio")


class Shop:
    """A shop whose text messages do not leave."""

    def __init__(self, world: World, message: str = MESSAGE) -> None:
        self.world = world
        self.failing = {"twilio": False, "sendgrid": False}
        self.patience = Patience(
            world.store, world.clock, lambda: self.failing, Instead(world.pipeline).refused
        )
        publish(world, {"messages/hello.yaml": message, "triggers/asked.yaml": ASKED})
        traits = {"phone": "+12025550123", "email": "ada@example.com"}
        world.send({**world.call(""), "type": "identify", "traits": traits})
        world.send(world.call("Asked"))

    def try_to_send(self, answer: Outcome) -> None:
        """Let Twilio answer an attempt."""
        store, now = self.world.store, self.world.clock.time
        permit = self.world.pipeline.permit
        (row,) = store.write(lambda tx: claim(tx, "twilio", now=now, limit=1, may_send=permit)).sending
        number, policy = row.attempts[-1].number, RetryPolicy()
        store.write(
            lambda tx: record(tx, row.id, answer, number=number, now=now, horizon=10**9, policy=policy)
        )

    def rows(self) -> dict[str, DeliveryRow]:
        """Give the deliveries by their channel."""
        return {row.channel: row for row in self.world.store.read.deliveries(Filter(limit=50)).rows}

    def after(self, minutes: float) -> set[str]:
        """Let time pass and look; gives the channels there are."""
        self.world.clock.time += int(minutes * MINUTE)
        self.patience.look()
        return set(self.rows())


@pytest.fixture
def shop(world: World) -> Shop:
    """Give a shop of its own to each test."""
    return Shop(world)


def test_the_next_channel_takes_over_when_patience_is_over(shop: Shop) -> None:
    """Counted from the first attempt, to the millisecond; what is given up says why, and is not tried again."""
    shop.world.clock.time += MINUTE
    shop.try_to_send(DOWN)
    assert shop.after(30 - 1 / MINUTE) == {"sms"}
    assert shop.after(1 / MINUTE) == {"sms", "email"}
    sms, email = shop.rows()["sms"], shop.rows()["email"]
    assert (sms.status, sms.reason) == ("dead", "given up after 30m: no connection to Twilio")
    assert email.status == "scheduled"
    assert email.reason == "instead of sms, which was refused: given up after 30m: no connection to Twilio"
    assert shop.after(60) == {"sms", "email"}
    with pytest.raises(NothingDue):
        shop.try_to_send(DOWN)


def test_what_waits_for_a_failing_destination_is_given_up_without_a_try(shop: Shop) -> None:
    """A breaker that is open lets nothing through; where it is not, the message only stands in a queue."""
    assert shop.after(31) == {"sms"}
    shop.failing["twilio"] = True
    assert shop.after(0) == {"sms", "email"}
    assert shop.rows()["sms"].reason == "given up after 30m: twilio fails, and it was never tried"


def test_a_message_that_may_have_arrived_is_not_said_again(shop: Shop) -> None:
    """Its answer was lost: a second send of the same is harmless, by another channel it is not."""
    shop.try_to_send(RetryLater("the connection broke", may_have_arrived=True))
    assert shop.after(31) == {"sms"}


def test_an_unknown_end_is_nobodys_turn(shop: Shop) -> None:
    """It is settled by the vendor's word alone."""
    shop.try_to_send(Unknown("the answer was lost"))
    assert shop.after(31) == {"sms"}


def test_while_all_sends_are_stopped_nobodys_patience_is_tried(shop: Shop) -> None:
    """It was a person who stopped them; afterwards it goes on."""
    shop.try_to_send(DOWN)
    switch = StopSwitch(shop.world.store, shop.world.clock, lambda: None)
    switch.stop("wrong list")
    assert shop.after(31) == {"sms"}
    switch.resume()
    assert shop.after(0) == {"sms", "email"}


def test_a_stop_of_the_process_tries_no_patience(shop: Shop) -> None:
    """What was under way at the crash and cannot be repeated is unknown; nothing follows it."""
    store, now = shop.world.store, shop.world.clock.time
    permit = shop.world.pipeline.permit
    assert store.write(lambda tx: claim(tx, "twilio", now=now, limit=1, may_send=permit)).sending
    assert shop.after(31) == {"sms"}
    store.write(lambda tx: recover(tx, {}, now=now))
    assert shop.after(0) == {"sms"}


def test_a_message_without_patience_waits_for_its_channel(tmp_path: Path) -> None:
    """As long as it is valid, or for a day."""
    world = World(tmp_path)
    shop = Shop(world, MESSAGE.replace("patience: 30m\n", ""))
    shop.try_to_send(DOWN)
    shop.failing["twilio"] = True
    assert shop.after(600) == {"sms"}
    world.store.close()
