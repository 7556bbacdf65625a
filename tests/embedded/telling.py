"""A shop whose people say what they agree to, and whose numbers answer STOP and START."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from embedded.published import person, publish
from embedded.world import MINUTE, NOW, World

from core.engine.instant import iso
from core.pipeline.consenting import Consents, Heard
from core.ports import Filter, RawEvent

SHOP = """
source: shop
uses: segment
identifiers: {user_id: =event.userId, anonymous_id: =event.anonymousId, phone: =traits.phone, email: =traits.email}
traits: {from: [traits]}
consent: {marketing: {sms: =properties.sms, email: =properties.email}, news: =properties.news}
"""
HELLO = """
message: hello
purpose: marketing
valid_for: 30d
channels:
  sms: {via: twilio.send_message, body: Hello}
"""
WELCOME = """
trigger: welcome
status: live
when: {event: Signed Up}
limits: {cap: {times: 100, per: 1d}}
do: [{send: hello}]
"""
POLICY = """
purposes:
  marketing: {consent: required}
  news: {consent: required}
  transactional: {consent: not_needed, caps: false, quiet_hours: false}
"""
PHONE = "+4915112345678"


class Shop(World):
    """A world whose people say what they agree to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        files = {"sources/shop.yaml": SHOP, "messages/hello.yaml": HELLO}
        publish(self, {**files, "triggers/welcome.yaml": WELCOME, "policy.yaml": POLICY})
        self.consents = Consents(self.pipeline)

    def say(self, user: str = "u1", at: int = 0, name: str = "Told", **more: Any) -> str:
        """Let a person send an event, so many minutes after the start."""
        call = self.call(name, userId=user, timestamp=iso(NOW + at * MINUTE), **more)
        self.clock.time = max(self.clock.time, NOW + at * MINUTE)
        raw = json.dumps(call).encode()
        assert self.pipeline.accept("shop", [RawEvent(raw, call)], self.clock.time) == ["applied"]
        return str(call["messageId"])

    def has(self, phone: str, user: str) -> None:
        """Let a person have a phone number."""
        self.say(user, traits={"phone": phone})

    def stop(
        self, phone: str = PHONE, *, granted: bool = False, sid: str = "SM1", by: tuple[str, ...] = ("sms",)
    ) -> int:
        """Let a number say STOP, or START."""
        return self.consents.hear(
            Heard(sid, "twilio", phone, by, granted, {"callback_id": sid}, b"Body=STOP")
        )

    def ledger(self, user: str = "u1") -> list[tuple[str, str, bool, str, bool]]:
        """Give a person's ledger, oldest first."""
        rows = self.store.read.consent_log(Filter(profile=person(self, user).id, limit=500)).rows
        return [(row.purpose, row.channel, row.granted, row.source, row.stands) for row in reversed(rows)]

    def granted(self, user: str = "u1") -> dict[str, bool]:
        """Give what stands of a person."""
        return {name: one.granted for name, one in sorted(person(self, user).consent.items())}
