"""A world in which messages are stopped as they are about to leave."""

from __future__ import annotations

from embedded.published import publish
from embedded.world import MINUTE, World

from core.dispatch.intent import NothingDue, claim
from core.ports import DecisionRow, DeliveryRow, Filter, Status

HOUR = 60 * MINUTE
MESSAGE = "message: hello\npurpose: marketing\nchannels: {sms: {via: twilio.send_message, body: Hello}}\n"
BRIEF = MESSAGE.replace("purpose:", "valid_for: 2h\npurpose:")
EITHER = MESSAGE.replace("}}\n", "}, email: {via: sendgrid.send_email, subject: Hello, text: Hello}}\n")
ASKED = """\
trigger: asked
status: live
when: {event: Asked, key: =properties.cart_id}
exit_on: [Answered]
do: [send: hello]
"""
CAP = "caps: [{all: true, times: 1, per: 1d}]\n"
HOLDING = "caps: [{all: true, times: 1, per: 1d, over: hold}]\n"

#: Eight in the morning, by the clock of the world.
QUIET = "quiet_hours: {from: 21:00, to: 11:30, zone: =profile.traits.timezone, otherwise: UTC}\n"
DROPPING = QUIET.replace("otherwise: UTC", "otherwise: UTC, held: drop")
FREE = "caps: []\n"


def begin(world: World, policy: str, message: str = MESSAGE) -> None:
    """Publish a policy and a message."""
    publish(world, {"policy.yaml": policy, "messages/hello.yaml": message, "triggers/asked.yaml": ASKED})


def says(world: World, *, granted: bool, user: str = "u1") -> None:
    """Let somebody with a number and an address say yes or no."""
    world.count += 1
    context = {"consent": {"categoryPreferences": {"Advertising": granted}}}
    traits = {"phone": f"+1202555{int(user[1:]) + 100:04}", "email": f"{user}@example.com"}
    call = {"type": "identify", "userId": user, "messageId": f"m{world.count}", "context": context}
    assert world.send({**call, "traits": traits}) == ["applied"]


def asks(world: World, user: str = "u1") -> str:
    """Let somebody do what the message answers, and give the event's id."""
    assert world.send(world.call("Asked", user, properties={"cart_id": "c1"})) == ["applied"]
    return f"m{world.count}"


def leave(world: World, lane: str = "twilio", limit: int = 10) -> list[DeliveryRow]:
    """Claim what is due, as the lane does, until nothing is; give what would be sent."""
    found: list[DeliveryRow] = []
    while True:
        try:
            done = world.store.write(
                lambda tx: claim(tx, lane, now=world.clock.time, limit=limit, may_send=world.pipeline.permit)
            )
        except NothingDue:
            return found
        found += done.sending
        for row in done.sending:
            row.status = Status.DELIVERED
            world.store.write(lambda tx, row=row: tx.deliveries.save(row))


def stops(world: World) -> list[DecisionRow]:
    """Read the decisions on what was stopped, the first one first."""
    page = world.store.read.decisions(Filter(status="not_met", limit=500))
    return list(reversed(page.rows))


def rows(world: World) -> list[DeliveryRow]:
    """Read all deliveries, the first one first."""
    return list(reversed(world.store.read.deliveries(Filter(limit=500)).rows))
