"""The e-mail of the starter set: every product with its image and price, and no way for data to become HTML."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from core.engine.links import STAND_INS
from core.engine.rule import Act
from core.engine.scope import Scope
from core.engine.value import evaluate_fields
from core.pipeline import Pipeline
from core.ports import RawEvent
from core.store.embedded import open_store
from cuewire.check import PRESETS
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.wiring import load_mappings

HOSTILE = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>"


class Elements(HTMLParser):
    """Gathers every element with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of the elements of one kind."""
        return [attributes for name, attributes in self.found if name == tag]


TENT = {"name": "Tent", "price": 240.0, "quantity": 1.0, "image_url": "https://shop.example/tent.jpg"}


@pytest.fixture(scope="module")
def mail() -> Act:
    """Give the e-mail of the shipped cart message."""
    return next(
        act for act in load_mappings(PRESETS).messages["cart_reminder"].channels if act.channel == "email"
    )


def filled(mail: Act, *products: dict[str, Any], **traits: Any) -> dict[str, Any]:
    """Fill the e-mail in."""
    events = [{"properties": one} for one in products]
    case = {"events": events, "last": events[-1], "first": events[0], "count": float(len(events))}
    profile = {"traits": traits, "identifiers": {"email": ["ada@example.com"]}}
    values, stopping, _ = evaluate_fields(mail.fields, Scope(event={}, profile=profile, now=0, case=case))
    assert not stopping
    return values


def test_every_product_is_shown_with_image_and_price(mail: Act) -> None:
    """In the order of the cart; a product without an image shows its first letter, one without a price none."""
    values = filled(mail, TENT, {"name": "stove", "price": 59.5, "currency": "EUR"}, {}, first_name="Ada")
    page = Elements(values["html"])
    assert page.named("img") == [page.named("img")[0] | {"src": TENT["image_url"], "alt": "Tent"}]
    assert len(page.named("tr")) == 3
    assert [one for one in page.text.split() if len(one) == 1 and one.isalpha()] == ["S", "O"]
    for text in ("Hi Ada,", "Tent", "240.00", "Quantity: 1", "stove", "59.50 EUR", "One more product"):
        assert text in page.text
    assert page.text.count(".00") == 1
    assert values["subject"] == "Your cart is still waiting for you"
    assert values["unsubscribe_url"] == STAND_INS["unsubscribe_url"]
    assert {one["href"] for one in page.named("a")} == set(STAND_INS.values())


def test_no_value_of_an_event_becomes_html(mail: Act) -> None:
    """Names, images, prices and the person's own name are text, whatever they hold."""
    fields = dict.fromkeys(("name", "quantity", "price", "currency", "url"), HOSTILE)
    image = f"https://{HOSTILE}"
    page = Elements(filled(mail, fields | {"image_url": image}, first_name=HOSTILE)["html"])
    plain = Elements(filled(mail, {"name": "x", "quantity": 1.0, "image_url": "https://x"})["html"])
    assert [tag for tag, _ in page.found] == [tag for tag, _ in plain.found]
    (shown,) = page.named("img")
    assert (shown["src"], shown["alt"]) == (image, HOSTILE)
    assert shown.keys() == plain.named("img")[0].keys()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://shop.example/t.jpg", "//shop.example/t.jpg", 7.0, HOSTILE, ""]
)
def test_an_image_that_is_no_https_address_is_left_out(mail: Act, address: Any) -> None:
    """The product stands there all the same."""
    page = Elements(filled(mail, TENT | {"image_url": address})["html"])
    assert not page.named("img")
    assert "Tent" in page.text and "240.00" in page.text


@pytest.mark.parametrize(
    ("price", "shown"),
    [(19.99, "19.99"), (19.999, "20.00"), (0.07, "0.07"), (1234567.5, "1234567.50"), (5.0, "5.00")],
)
def test_a_price_has_two_decimals(mail: Act, price: float, shown: str) -> None:
    """As a shop would write it; cents are never lost to rounding."""
    assert f" {shown} " in Elements(filled(mail, TENT | {"price": price})["html"]).text.replace("\n", " ")


@pytest.mark.parametrize("price", [0.0, "", "free", None, -3.0])
def test_what_is_no_price_is_not_shown_as_one(mail: Act, price: Any) -> None:
    """No product costs 0.00 because its price was not understood."""
    text = Elements(filled(mail, {"name": "Tent", "price": price})["html"]).text
    assert "0.00" not in text and "-3" not in text


def test_who_reads_plain_text_reads_the_same(mail: Act) -> None:
    """Every product on a line of its own, and both links."""
    text = filled(mail, TENT, {"name": "Stove & Co", "price": 59.5, "currency": "EUR"}, {})["text"]
    assert "Hi there, this is still in your cart:\n" in text
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("- ")]
    assert lines == ["- Tent, quantity 1, 240", "- Stove & Co, 59.5 EUR", "- One more product"]
    assert "<" not in text and all(link in text for link in STAND_INS.values())


def test_the_shipped_mail_is_previewed_as_it_would_look(tmp_path: Path) -> None:
    """`cuewire preview cart_reminder` shows images and prices, in the terminal and as a page."""
    store = open_store(tmp_path / "data", clock=SystemClock())
    try:
        rules = load_mappings(PRESETS).rules
        assert rules is not None
        call = {"type": "identify", "messageId": "m", "userId": "u1", "traits": {"email": "ada@example.com"}}
        call["context"] = {"consent": {"categoryPreferences": {"Advertising": True}}}
        now = SystemClock().now()
        Pipeline(store, SystemClock(), rules).accept(
            "segment", [RawEvent(msgspec.json.encode(call), call)], now
        )
    finally:
        store.close()
    events = [
        {"event": "Product Added", "properties": one} for one in (TENT, {"name": "Stove", "price": 59.5})
    ]
    (tmp_path / "cart.json").write_text(json.dumps(events))
    page = tmp_path / "page.html"
    asked = ["preview", "cart_reminder", "--profile", "email:ada@example.com", "--mappings", str(PRESETS)]
    asked += ["--data", str(tmp_path / "data"), "--event", str(tmp_path / "cart.json"), "--channel", "email"]
    told = CliRunner().invoke(cli, asked)
    assert told.exit_code == 0, told.output
    for part in ("[image Tent: https://shop.example/tent.jpg]", "240.00", "59.50", "quiet_hours"):
        assert part in told.stdout
    assert CliRunner().invoke(cli, [*asked, "--html", str(page)]).exit_code == 0
    assert "https://shop.example/tent.jpg" in page.read_text()
