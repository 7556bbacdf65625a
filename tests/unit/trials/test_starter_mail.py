"""The e-mail of the starter set: every product with its image and price, and no way for data to become HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from core.engine.links import STAND_INS
from core.engine.rule import Act
from core.engine.scope import Scope
from core.engine.value import evaluate_fields
from cuewire.check import PRESETS
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
    """In the order of the cart; a product without an image or a price is shown without."""
    tent = {"name": "Tent", "price": 240.0, "quantity": 1.0, "image_url": "https://shop.example/tent.jpg"}
    values = filled(mail, tent, {"name": "Stove", "price": 59.5, "currency": "EUR"}, {}, first_name="Ada")
    page = Elements(values["html"])
    assert [one["src"] for one in page.named("img")] == ["https://shop.example/tent.jpg"]
    assert len(page.named("tr")) == 3
    for text in ("Hi Ada,", "Tent", "240", "Quantity: 1", "Stove", "59.5 EUR", "One more product"):
        assert text in page.text
    assert values["subject"] == "Your cart is still waiting for you"
    assert values["unsubscribe_url"] == STAND_INS["unsubscribe_url"]
    assert {one["href"] for one in page.named("a")} == set(STAND_INS.values())


def test_no_value_of_an_event_becomes_html(mail: Act) -> None:
    """Names, images, prices and the person's own name are text, whatever they hold."""
    plain = Elements(filled(mail, {"name": "x", "image_url": "x"})["html"])
    fields = dict.fromkeys(("name", "image_url", "quantity", "currency", "url"), HOSTILE)
    page = Elements(filled(mail, fields, first_name=HOSTILE)["html"])
    extra = [one for one in page.found if one not in plain.found and one[0] not in ("br",)]
    assert [tag for tag, _ in extra] == ["img"]
    assert extra[0][1]["src"] == HOSTILE and "onerror" not in extra[0][1]
    assert not page.named("script")
