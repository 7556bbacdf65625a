"""Messages that wait while their trigger is taken back: what is not live any more reaches nobody."""

from __future__ import annotations

import pytest
from embedded.published import publish
from embedded.world import World

from core.dispatch.intent import NothingDue, claim
from core.ports import DeliveryRow, Filter

MESSAGE = "message: hello\npurpose: transactional\nchannels: {sms: {via: twilio.send_message, body: Hello}}\n"
SALE = "trigger: sale\nstatus: live\nwhen: {event: Sale Seen}\ndo: [send: hello]\n"


def put(world: World, trigger: str | None) -> None:
    """Publish the message with its trigger as it stands now, or without one."""
    files = {"messages/hello.yaml": MESSAGE}
    publish(world, files | ({"triggers/sale.yaml": trigger} if trigger else {}))


def begin(world: World) -> None:
    """Let the trigger fire for somebody with a number, and nothing leave yet."""
    put(world, SALE)
    call = {"type": "identify", "userId": "u1", "messageId": "m0", "traits": {"phone": "+12025550123"}}
    assert world.send(call) == ["applied"]
    assert world.send(world.call("Sale Seen")) == ["applied"]


def leaves(world: World) -> int:
    """Claim what is due, as the lane does, and count what would be sent."""
    try:
        found = world.store.write(
            lambda tx: claim(tx, "twilio", now=world.clock.time, limit=10, may_send=world.pipeline.permit)
        )
    except NothingDue:
        return 0
    return len(found.sending)


def message(world: World) -> DeliveryRow:
    """Read the delivery of the message."""
    (row,) = world.store.read.deliveries(Filter()).rows
    return row


@pytest.mark.parametrize("status", ["draft", "shadow"])
def test_a_message_of_a_trigger_that_is_not_live_any_more_does_not_leave(world: World, status: str) -> None:
    """It says why."""
    begin(world)
    put(world, SALE.replace("live", status))
    assert leaves(world) == 0
    assert (message(world).status, message(world).reason) == ("suppressed", f"the trigger is {status} now")


def test_what_was_changed_back_before_its_turn_leaves(world: World) -> None:
    """Only the moment of the intent counts."""
    begin(world)
    put(world, SALE.replace("live", "draft"))
    put(world, SALE)
    assert leaves(world) == 1


def test_a_file_that_was_taken_away_takes_no_message_back(world: World) -> None:
    """A renamed trigger sends what it had handed over under its old name."""
    begin(world)
    put(world, None)
    assert leaves(world) == 1
