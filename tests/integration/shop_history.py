"""A small shop's mappings and its one morning, for tests of what is made of history."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CART = """
trigger: cart
title: Remind of a full cart
status: live
when:
  event: Product Added
  not_followed_by: Order Completed
  within: 15m
  key: =properties.cart_id
  sum: =properties.price
only_if: =case.sum > 50
limits: {cooldown: 1h}
do: [braze.track_event: {external_id: =profile.id, name: Left}]
goal: {event: Order Completed, within: 1h, value: =properties.total}
"""

GREET = """
trigger: greet
status: live
when: {event: Signed Up}
limits: {once: true}
do: [send: hello]
"""

OFF = """
trigger: off
when: {event: Signed Up}
do: [braze.track_event: {external_id: =profile.id, name: Off}]
"""

HELLO = """
message: hello
purpose: marketing
channels: {sms: {via: twilio.send_message, body: Hello}}
"""


def mappings(folder: Path, **triggers: str) -> Path:
    """Write a folder of triggers, and the message that they send."""
    for part in ("triggers", "messages"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, text in triggers.items():
        (folder / "triggers" / f"{name}.yaml").write_text(text)
    (folder / "messages" / "hello.yaml").write_text(HELLO)
    return folder


def call(who: str, at: str, event: str, **properties: Any) -> dict[str, Any]:
    """Make one line: who did what at a time of 2 March 2026."""
    return {
        "type": "track",
        "messageId": f"{who}-{at}-{event}",
        "event": event,
        "userId": who,
        "timestamp": f"2026-03-02T{at}:00.000Z",
        "properties": properties,
    }


def known(who: str, at: str) -> dict[str, Any]:
    """Make the line by which somebody gives a number and agrees to be written to."""
    return {
        "type": "identify",
        "messageId": f"{who}-{at}",
        "userId": who,
        "timestamp": f"2026-03-02T{at}:00.000Z",
        "traits": {"phone": "+14155550100"},
        "context": {"consent": {"categoryPreferences": {"Advertising": True}}},
    }


MORNING: list[Any] = [
    call("ada", "10:00", "Product Added", cart_id="c1", price=60),
    call("bob", "10:00", "Product Added", cart_id="c2", price=20),
    call("cy", "10:05", "Product Added", cart_id="c3", price=70),
    call("cy", "10:10", "Order Completed", cart_id="c3", total=70),
    call("ada", "10:30", "Product Added", cart_id="c4", price=80),
    call("ada", "10:35", "Order Completed", cart_id="c1", total=60),
    call("dan", "10:40", "Signed Up"),
    known("eve", "10:41"),
    call("eve", "10:42", "Signed Up"),
    call("eve", "10:42", "Signed Up"),
    "{broken",
    {**call("x", "10:45", "Signed Up"), "userId": "anonymous"},
    call("fay", "10:50", "Product Added", cart_id="c5", price=90),
]


def write(path: Path, lines: Sequence[Any] = MORNING) -> Path:
    """Write history as JSON lines; texts as they are."""
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    return path
