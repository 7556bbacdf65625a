"""The pages behind a message's links in a real browser: with no script at all, by keyboard, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from browser.shop import Shop
from playwright.sync_api import Browser, Page, expect

from core.engine import decode
from webhooks.preferences.link import Holder

#: The least contrast of text, by WCAG 2.2 AA.
READABLE = 4.5

CONTRAST = """() => {
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c)) return c; } return "rgb(255, 255, 255)"; };
  return Math.min(...[...document.querySelectorAll("h1, p, legend, label, button, a")].map((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05); }));
}"""


@pytest.fixture(scope="module")
def person(shop: Shop) -> str:
    """Make somebody known who agreed to marketing; gives their profile's id."""
    consent = {"consent": {"categoryPreferences": {"Advertising": True}}}
    shop.send({"type": "identify", "messageId": "prefers", "context": consent}, userId="prefers")
    found = shop.runtime.store.read.owner("user_id", "prefers")
    assert found
    return found


def granted(shop: Shop, person: str) -> dict[str, bool]:
    """Give what the person said, as stored."""
    state = shop.runtime.store.read.profile(person)
    assert state is not None
    return {name: one.granted for name, one in decode(state).consent.items()}


@pytest.fixture(params=["light", "dark"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a phone's window in which scripts are off; anything that asks another host would fail the test."""
    scheme: Literal["light", "dark"] = request.param
    context = chromium.new_context(
        java_script_enabled=False, color_scheme=scheme, viewport={"width": 360, "height": 720}
    )
    page = context.new_page()
    asked: list[Any] = []
    page.on("request", lambda one: asked.append(one.url))
    yield page
    assert all(url.startswith("http://127.0.0.1:") for url in asked), asked
    context.close()


def test_a_person_unsubscribes_and_chooses_anew(shop: Shop, person: str, page: Page) -> None:
    """One button by one press; the choices by keyboard and labels; nothing by looking."""
    link = shop.runtime.person_links.address(Holder(person, "marketing", "sms"), "unsubscribe_url")
    page.goto(link)
    expect(page.get_by_role("heading", name="Unsubscribe?")).to_be_visible()
    assert granted(shop, person).get("marketing/sms") is not False
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(
        "no more messages of the kind “Marketing” by Text message"
    )
    assert granted(shop, person)["marketing/sms"] is False
    page.get_by_role("link", name="Choose what you hear of").click()
    box = page.get_by_role("group", name="Marketing").get_by_label("Text message")
    expect(box).not_to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Your choices are saved.")
    expect(page.get_by_label("Text message")).to_be_checked()
    assert granted(shop, person)["marketing/sms"] is True


def test_the_pages_can_be_read_light_and_dark(shop: Shop, person: str, chromium: Browser) -> None:
    """Every text stands out enough, and nothing is wider than a phone."""
    links = shop.runtime.person_links
    for scheme in ("light", "dark"):
        context = chromium.new_context(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": 320, "height": 640},
            bypass_csp=True,
        )
        window = context.new_page()
        for name in ("unsubscribe_url", "preferences_url"):
            window.goto(links.address(Holder(person, "marketing", "sms"), name))
            assert window.evaluate(CONTRAST) >= READABLE, (scheme, name)
            assert window.evaluate("document.documentElement.scrollWidth") <= 320
        context.close()


def test_a_broken_link_is_a_page(shop: Shop, page: Page) -> None:
    """Whoever cut a link short learns what to do."""
    answer = page.goto(f"{shop.url}/u/broken")
    assert answer and answer.status == 404
    expect(page.get_by_role("heading", name="This link does not work.")).to_be_visible()
