"""A shop in which somebody got nothing for every reason there is: what the guide for admins looks at."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from core.engine.instant import parse_time
from core.ports import Filter
from cuewire.check import PRESETS
from cuewire.clock import SystemClock
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime
from webhooks.signatures import hmac_hex

KEY = "why-nobody-" + "k" * 32
MINUTE = 60_000

#: A Monday, half past seven in the morning in London; most of the story begins at ten, two at night in Los Angeles.
START = parse_time("2026-03-02T07:30:00Z") or 0
UNTIL_TEN = 150

LIVE = ("abandoned_cart", "category_interest", "product_interest", "welcome")
NEWSLETTER = """
trigger: newsletter
status: draft
when: {event: Newsletter Joined}
do: [{braze.track_event: {name: Newsletter}}]
"""
SURVEY = """
trigger: survey
status: live
when: {event: Survey Opened}
limits: {cooldown: 1d}
do: [{braze.track_event: {name: Survey}}]
"""
FLASH = """
trigger: flash_sale
status: live
when: {event: Sale Opened}
limits: {cooldown: 1d}
do: [send: flash_sale]
"""
FLASH_MESSAGE = """
message: flash_sale
purpose: marketing
valid_for: 2h
channels:
  sms: {via: twilio.send_message, body: Two hours only.}
"""
AGREED = {"consent": {"categoryPreferences": {"Advertising": True}}}
REFUSED = {"consent": {"categoryPreferences": {"Advertising": False}}}

Wait = Callable[[Callable[[], bool]], None]


class ShopClock(SystemClock):
    """A clock that goes on from the start of the story, and is moved by it."""

    def __init__(self) -> None:
        self._ahead = START - super().now()

    def now(self) -> int:
        """Give the time."""
        return super().now() + self._ahead

    def move(self, minutes: float) -> None:
        """Let time pass."""
        self._ahead += int(minutes * MINUTE)


class NobodyShop:
    """A whole server in one process, with fake vendors; everything reaches it as a source would send it."""

    def __init__(self, folder: Path, fakes: Sandbox, wait: Wait) -> None:
        self.folder, self.clock, self._wait = folder, ShopClock(), wait
        self._count: Counter[str] = Counter()
        self.environment = {
            "CUEWIRE_API_KEY": KEY,
            "CUEWIRE_SECRET_KEY": KEY,
            "CUEWIRE_PUBLIC_URL": "https://cuewire.example.com",
            "CUEWIRE_SEGMENT_SHARED_SECRET": KEY,
            "CUEWIRE_TWILIO_FROM": "+15005550006",
            **fakes.settings.as_environment(fakes.url),
        }
        settings = Settings.read(self.environment)
        self.runtime = Runtime(settings, mappings(folder), folder / "data", self.clock)
        self.client: FlaskClient = self.runtime.app.test_client()

    def does(
        self, user: str, event: str, *, context: dict[str, Any] | None = None, **properties: Any
    ) -> None:
        """Let somebody do something; what they are known by is in ``context``."""
        self._count[user] += 1
        call = {"type": "track", "event": event, "userId": user, "properties": properties}
        call |= {"messageId": f"{user}-{self._count[user]}", "context": context or {}}
        body = json.dumps(call)
        signed = {"X-Signature": hmac_hex("sha1", KEY, body.encode())}
        assert self.client.post("/webhooks/segment", data=body, headers=signed).status_code == 200

    def knows(self, user: str, phone: str = "", *, agreed: bool = True) -> None:
        """Let somebody be known by a phone number, and say whether marketing is welcome."""
        traits = {"traits": {"phone": phone}} if phone else {}
        self.does(user, "Looked In", context={**traits, **(AGREED if agreed else {})})

    def pass_time(self, minutes: float) -> None:
        """Let time pass and everybody notice."""
        self.clock.move(minutes)
        self.runtime.timers.arm(0)
        self.runtime.dispatcher.notify()

    def until(self, user: str, *statuses: str) -> None:
        """Wait until somebody's deliveries stand like this, the newest first."""
        self._wait(lambda: self._deliveries(user) == list(statuses))

    def until_decided(self, user: str, trigger: str, outcome: str) -> None:
        """Wait until a trigger has come to an outcome for somebody."""
        self._wait(lambda: (trigger, outcome) in self._decisions(user))

    def _deliveries(self, user: str) -> list[str]:
        narrow = Filter(profile=self.runtime.store.read.owner("user_id", user) or "nobody")
        return [row.status for row in self.runtime.store.read.deliveries(narrow).rows]

    def _decisions(self, user: str) -> list[tuple[str, str]]:
        narrow = Filter(profile=self.runtime.store.read.owner("user_id", user) or "nobody")
        return [(row.trigger, row.outcome) for row in self.runtime.store.read.decisions(narrow).rows]


def mappings(folder: Path) -> Path:
    """Write the starter set with some triggers live, a narrow guard, and three triggers more."""
    target = Path(shutil.copytree(PRESETS, folder / "mappings"))
    for name in LIVE:
        path = target / "triggers" / f"{name}.yaml"
        path.write_text(path.read_text().replace("status: shadow", "status: live"))
    policy = target / "policy.yaml"
    policy.write_text(policy.read_text().replace("{firings: 5000, per: 1h}", "{firings: 20, per: 1h}"))
    for name, text in (("newsletter", NEWSLETTER), ("survey", SURVEY), ("flash_sale", FLASH)):
        (target / "triggers" / f"{name}.yaml").write_text(text)
    (target / "messages" / "flash_sale.yaml").write_text(FLASH_MESSAGE)
    return target


def tell(shop: NobodyShop) -> None:
    """Let everybody miss something."""
    changes_of_mind(shop)
    sign_ups(shop)
    looks_around(shop)
    carts(shop)
    too_many(shop)
    stop(shop)


def sign_ups(shop: NobodyShop) -> None:
    """Let six people sign up: one without consent, one without a phone, one at night, one twice ..."""
    shop.does("null", "Signed Up")
    for user, phone, agreed in (
        ("cleo", "+442079460101", False),
        ("dora", "", True),
        ("emil", "+15005550001", True),
        ("finn", "+13105550142", True),
        ("gwen", "+442079460102", True),
        ("hugo", "+442079460103", True),
    ):
        shop.knows(user, phone, agreed=agreed)
        if user == "emil":  # the sandbox refuses this number; it tells no zone
            shop.does(user, "Moved", context={"traits": {"timezone": "Europe/London"}})
        shop.does(user, "Signed Up")
    shop.until("gwen", "delivered")
    shop.until("hugo", "delivered")
    shop.until("emil", "rejected")
    shop.does("hugo", "Signed Up")


def looks_around(shop: NobodyShop) -> None:
    """Let two triggers of one group want the same, a draft be meant, and a message be too short-lived."""
    for number in range(3):
        shop.does("iris", "Product Viewed", product_id=f"p{number}", category="Tents")
    shop.does("ola", "Newsletter Joined")
    shop.knows("pia", "+13105550143")
    shop.does("pia", "Sale Opened")


def carts(shop: NobodyShop) -> None:
    """Let a cart be too small, another one come on the day of a text message, an order be in shadow, and one wait."""
    shop.does("ben", "Product Added", cart_id="c1", product_id="p1", name="Cup", price=20, quantity=1)
    shop.does("gwen", "Product Added", cart_id="c2", product_id="p2", name="Tent", price=240, quantity=1)
    shop.knows("jana", "+442079460105")
    shop.does("jana", "Order Completed", order_id="o1", revenue=80)
    shop.pass_time(31)
    shop.until_decided("ben", "abandoned_cart", "not_met")
    shop.until_decided("gwen", "abandoned_cart", "fired")
    shop.until_decided("jana", "order_thank_you", "fired")
    shop.does("nina", "Product Added", cart_id="c3", product_id="p2", name="Tent", price=240, quantity=1)


def too_many(shop: NobodyShop) -> None:
    """Let a trigger fire more often than the guard allows."""
    for number in range(21):
        shop.does(f"reader{number}", "Survey Opened")
    shop.does("mona", "Survey Opened")
    shop.until_decided("mona", "survey", "suppressed")


def changes_of_mind(shop: NobodyShop) -> None:
    """Let somebody say no while their message waits for eight o'clock."""
    shop.knows("kurt", "+442079460104")
    shop.does("kurt", "Signed Up")
    shop.does("kurt", "Asked To Stop", context=REFUSED)
    shop.until("kurt", "scheduled")
    shop.pass_time(UNTIL_TEN)
    shop.until("kurt", "suppressed")


def stop(shop: NobodyShop) -> None:
    """Let all sends be stopped, and somebody sign up then."""
    shop.runtime.control.stop("the wrong price")
    shop.knows("lena", "+442079460106")
    shop.does("lena", "Signed Up")
    shop.until("lena", "scheduled")
