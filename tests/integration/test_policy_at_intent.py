"""The rules above all triggers, from YAML to the intent to send: asked again in the transaction that commits it."""

from __future__ import annotations

from embedded.published import person, publish
from embedded.world import MINUTE, NOW, World

from core.dispatch.intent import NothingDue, claim
from core.engine.instant import iso
from core.ports import DeliveryRow, Filter, Status

HOUR = 60 * MINUTE

MESSAGE = """\
message: hello
purpose: marketing
valid_for: 48h
tags: [promo]
channels: {sms: {via: twilio.send_message, body: Hello}}
"""
ASKED = "trigger: asked\nstatus: live\nwhen: {event: Asked}\nexit_on: [Answered]\ndo: [send: hello]\n"

#: Eight in the morning, by the clock of the world; quiet until half past nine.
QUIET = "quiet_hours: {from: 21:00, to: 09:30, zone: =profile.traits.timezone, otherwise: UTC}\n"


def begin(world: World, policy: str) -> None:
    """Publish a policy, and let a person with a number agree."""
    publish(world, {"policy.yaml": policy, "messages/hello.yaml": MESSAGE, "triggers/asked.yaml": ASKED})
    agree(world, granted=True)


def agree(world: World, *, granted: bool) -> None:
    """Let the person say yes or no."""
    world.count += 1
    consent = {"categoryPreferences": {"Advertising": granted}}
    call = {
        "type": "identify",
        "userId": "u1",
        "messageId": f"m{world.count}",
        "context": {"consent": consent},
    }
    assert world.send({**call, "traits": {"phone": "+12025550123"}}) == ["applied"]


def ask(world: World, times: int = 1) -> None:
    """Let the person do what the message answers."""
    for _ in range(times):
        assert world.send(world.call("Asked")) == ["applied"]


def send_due(world: World) -> list[DeliveryRow]:
    """Claim what is due, as the lane does, until nothing is; give what would be sent."""
    sent: list[DeliveryRow] = []
    while True:
        try:
            found = world.store.write(
                lambda tx: claim(tx, "twilio", now=world.clock.time, limit=10, may_send=world.pipeline.permit)
            )
        except NothingDue:
            return sent
        sent += found.sending
        for row in found.sending:
            row.status = Status.DELIVERED
            world.store.write(lambda tx, row=row: tx.deliveries.save(row))


def rows(world: World) -> list[DeliveryRow]:
    """Read all deliveries, the first one first."""
    return list(reversed(world.store.read.deliveries(Filter(limit=500)).rows))


def test_what_left_is_remembered_with_its_tags(world: World) -> None:
    """Caps of any kind find it later."""
    begin(world, "caps: []\n")
    ask(world)
    (sent,) = send_due(world)
    (one,) = person(world).sent
    assert (one.id, one.at, one.channel, one.purpose, one.tags) == (
        sent.id,
        NOW,
        "sms",
        "marketing",
        ("promo",),
    )


def test_two_firings_decided_before_anything_left_cannot_pass_a_cap(world: World) -> None:
    """Both decisions saw room; the second finds none at its intent."""
    begin(world, "caps: [{tag: promo, times: 1, per: 1d}]\n")
    ask(world, 2)
    assert world.outcomes("asked") == ["fired", "fired"]
    assert len(send_due(world)) == 1
    assert [(row.status, row.reason) for row in rows(world)] == [
        ("delivered", ""),
        ("suppressed", "caps: cap tag promo 1 per 1d, saw 2"),
    ]
    ask(world)
    assert world.outcomes("asked")[-1] == "suppressed"


def test_a_cap_that_comes_later_counts_what_left_before_it(world: World) -> None:
    """The ledger is kept whatever the policy says."""
    begin(world, "caps: []\n")
    ask(world)
    assert len(send_due(world)) == 1
    begin(world, "caps: [{all: true, times: 1, per: 1d}]\n")
    ask(world)
    assert world.outcomes("asked")[-1] == "suppressed"


def test_quiet_hours_that_begin_after_the_decision_hold_the_message(world: World) -> None:
    """It was due at once; the file has changed since, and the row says until when and why."""
    begin(world, "caps: []\n")
    ask(world)
    begin(world, QUIET)
    assert send_due(world) == []
    (row,) = rows(world)
    assert (row.status, iso(row.due_at)) == ("scheduled", "2027-01-15T09:30:00.000Z")
    assert row.reason.startswith("quiet_hours: quiet from 21:00 to 09:30, saw quiet in ")
    world.clock.time = row.due_at
    assert len(send_due(world)) == 1


def test_an_exit_event_cancels_what_waits_for_the_morning(world: World) -> None:
    """In its own transaction, with the event named; what has left already stays as it is."""
    begin(world, QUIET)
    ask(world)
    (row,) = rows(world)
    assert (row.status, iso(row.due_at)) == ("scheduled", "2027-01-15T09:30:00.000Z")
    world.clock.time += MINUTE
    assert world.send(world.call("Answered")) == ["applied"]
    (row,) = rows(world)
    assert row.status == "cancelled"
    assert row.reason.startswith("exit_on: Answered (m")
    world.clock.time += 4 * HOUR
    assert send_due(world) == []


def test_a_delivery_that_was_tried_is_not_cancelled(world: World) -> None:
    """Nobody knows whether it arrived."""
    begin(world, QUIET)
    ask(world)
    world.clock.time = rows(world)[0].due_at
    (sent,) = send_due(world)
    world.clock.time += MINUTE
    assert world.send(world.call("Answered")) == ["applied"]
    assert rows(world)[0].status == sent.status == "delivered"


def test_a_withdrawal_over_night_suppresses_the_morning(world: World) -> None:
    """Consent is read in the transaction of the intent."""
    begin(world, QUIET)
    ask(world)
    agree(world, granted=False)
    world.clock.time = rows(world)[0].due_at
    assert send_due(world) == []
    assert (rows(world)[0].status, rows(world)[0].reason) == (
        "suppressed",
        "consent: marketing by sms: withdrawn",
    )


def test_a_message_that_cannot_wait_as_long_expires_at_once(world: World) -> None:
    """At the decision already, with both times."""
    publish(
        world,
        {
            "policy.yaml": QUIET,
            "messages/hello.yaml": MESSAGE.replace("48h", "30m"),
            "triggers/asked.yaml": ASKED,
        },
    )
    agree(world, granted=True)
    ask(world)
    (row,) = rows(world)
    assert (row.status, row.reason) == (
        "expired",
        f"valid until {iso(NOW + 30 * MINUTE)}, and not free before 2027-01-15T09:30:00.000Z",
    )


def test_a_merged_person_is_judged_as_the_one_they_became(world: World) -> None:
    """What was sent to either counts for both."""
    begin(world, "caps: [{all: true, times: 1, per: 1d}]\n")
    ask(world)
    assert len(send_due(world)) == 1
    assert (
        world.send(
            {"type": "identify", "anonymousId": "a1", "messageId": "x1", "traits": {"phone": "+12025550124"}},
            {"type": "track", "event": "Asked", "anonymousId": "a1", "messageId": "x2"},
            {"type": "alias", "previousId": "a1", "userId": "u1", "messageId": "x3"},
        )
        == ["applied"] * 3
    )
    ask(world)
    assert send_due(world) == []
