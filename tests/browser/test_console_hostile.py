"""Names, traits and identifiers that would like to be scripts stay text, on every page of a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from browser.shop import Shop, until
from browser.window import Window
from playwright.sync_api import expect

from core.ports import Filter

Open = Callable[..., Window]

PAYLOADS = (
    "<script>fired('script')</script>",
    "<img src=x onerror=fired('img')>",
    "\"><svg onload=fired('svg')>",
    "'><body onload=alert(1)>",
    "javascript:fired('address')//",
    "</textarea></title></style></script><script>fired('closed')</script>",
    "{{ 7 * 7 }}{% include 'base.html' %}${fired('template')}",
    "<iframe srcdoc=\"<script>parent.fired('frame')</script>\">",
    "<a href=javascript:fired('link')>x</a>",
    "<details open ontoggle=fired('toggle')>",
    "&lt;script&gt;fired('entity')&lt;/script&gt;&#60;img src=x onerror=alert(2)&#62;",
    "\" autofocus onfocus=fired('focus') style=\"color:red",
    "<style>*{background:url(//evil.example/x)}</style><link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example><input name=csrf><button>x",
    "<base href=//evil.example/><meta http-equiv=refresh content='0;url=//evil.example'>",
    "\u202e\u2066<b onclick=alert(3)>gnp.exe",
    "?id=1&id=2#<img src=x onerror=fired('hash')>",
    "../../../console/signout",
)
MOST_PAGES = 400


@pytest.fixture(scope="module")
def hostile_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give a server to which every payload was sent in every field."""
    shop = Shop(tmp_path_factory.mktemp("hostile"))
    yield shop
    shop.close()


def calls(payload: str, number: int) -> Iterator[dict[str, Any]]:
    """Make calls that hold a payload wherever a sender may write."""
    agreed = {"consent": {"categoryPreferences": {"Advertising": True}}, payload: payload}
    traits = {"firstName": payload, "lastName": payload, payload: payload, "nested": {payload: [payload]}}
    who = {"userId": f"u{number}{payload}", "anonymousId": payload, "context": agreed}
    phone = f"+1415555{2000 + number}"
    yield {"type": "identify", "traits": traits | {"phone": phone}, "messageId": f"i{number}{payload}", **who}
    item = {"cart_id": payload, "name": payload, "price": 90, "quantity": 1, payload: payload}
    added = {"type": "track", "event": "Product Added", "properties": item, **who}
    yield added | {"messageId": f"a{number}{payload}"}
    yield {"type": "track", "event": payload, "properties": item, "messageId": payload, **who}
    yield {"type": payload, "event": payload, "userId": payload, "messageId": f"b{number}{payload}"}


def crawl(window: Window) -> set[str]:
    """Open every page that any page leads to."""
    waiting, seen = [window.base, f"{window.base}?kind=events&status=set_aside"], set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        waiting += window.go(address.removeprefix(window.base))
        assert len(seen) < MOST_PAGES
    return seen


def test_the_trap_catches_what_it_should(hostile_shop: Shop, open_window: Open) -> None:
    """The same payloads in a page that does not escape are caught: the next test can fail."""
    window = open_window(hostile_shop)
    window.page.set_content("".join(PAYLOADS))
    window.page.wait_for_function("window.trapped.length > 0")
    window.look()
    assert any("executed" in fault for fault in window.faults)
    assert len(window.faults) > 5
    window.page.goto(window.base)
    window.faults.clear()


def test_hostile_input_is_text_on_every_page(hostile_shop: Shop, open_window: Open) -> None:
    """No script runs, no policy is violated, nothing leads or asks elsewhere: also in what arrives live."""
    shop = hostile_shop
    window = open_window(shop)
    window.sign_in(shop.link())
    for number, payload in enumerate(PAYLOADS):
        shop.send(*calls(payload, number))
    expect(window.page.locator("li.event").first).to_be_visible()
    window.look()
    shop.pass_time(16)
    count = len(PAYLOADS)
    until(lambda: len(fired(shop)) == count)
    until(shop.delivered("delivered", count))
    expect(window.page.locator("li.delivery").first).to_be_visible()
    seen = crawl(window)
    for kind in ("person?", "event?", "decision?", "delivery?"):
        assert sum(kind in address for address in seen) >= count, kind
    assert window.faults == []


def fired(shop: Shop) -> list[Any]:
    """List the carts that fired."""
    page = shop.runtime.store.read.decisions(Filter(trigger="abandoned_cart", status="fired", limit=500))
    return list(page.rows)


def test_hostile_addresses_are_text_too(hostile_shop: Shop, open_window: Open) -> None:
    """Whatever an address says comes back as text or not at all, signed in or not."""
    shop = hostile_shop
    window, stranger = open_window(shop), open_window(shop)
    window.sign_in(shop.link())
    for payload in PAYLOADS:
        text = quote(payload, safe="")
        stranger.go(f"signin?token={text}")
        window.go(f"search?q={text}")
        window.go(f"?profile={text}&trigger={text}&kind={text}")
    window.go(f"?status={quote(PAYLOADS[0])}")
    window.go(quote(PAYLOADS[0], safe=""))
    assert window.faults == []
    assert stranger.faults == []
