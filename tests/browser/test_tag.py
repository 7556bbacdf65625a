"""The page tag in a real browser, on a site of another origin under a strict policy: what it sends, and never sends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.pages import Site, Visit, Visitor, browser_key, call_of
from browser.shop import MAPPINGS, Shop, until
from playwright.sync_api import Browser

from core.ports import Filter

LOOKS_LONG = """
trigger: looks_long
title: Tell Braze who looks at a tent
status: live
when: {{dwell: {{where: '=context.page.path == "/{page}"', longer_than: 1s}}}}
do:
  - braze.track_event: {{name: Long Look}}
"""
SERVER_ONLY = "\nserver_only: [Order Completed]\n"


@pytest.fixture(scope="module")
def tagged_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give a server whose triggers watch how long a page is looked at."""
    mappings = Path(shutil.copytree(MAPPINGS, tmp_path_factory.mktemp("tagged") / "mappings"))
    for page in ("stay", "lost", "route"):
        text = LOOKS_LONG.format(page=page).replace("looks_long", f"looks_long_{page}")
        (mappings / "triggers" / f"looks_long_{page}.yaml").write_text(text)
    with (mappings / "sources" / "segment.yaml").open("a") as source:
        source.write(SERVER_ONLY)
    shop = Shop(tmp_path_factory.mktemp("tag"), mappings=mappings)
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def key(tagged_shop: Shop) -> str:
    """Give a key that anyone may read."""
    return browser_key(tagged_shop)


@pytest.fixture
def visit(chromium: Browser, tagged_shop: Shop, key: str) -> Iterator[Visit]:
    """Let somebody visit a site whose tag has these attributes."""
    opened: list[tuple[Visitor, Site]] = []

    def begin(script: str = "", *, head: str = "", **attributes: str) -> Visitor:
        site = Site(tagged_shop, key, **attributes)
        if head:
            site.head, site.policy = head, ""
        opened.append((Visitor(chromium, site, script), site))
        return opened[-1][0]

    yield begin
    for visitor, site in opened:
        visitor.close()
        site.close()
    assert [fault for visitor, _ in opened for fault in visitor.faults] == []


def test_a_visit_is_told_from_entering_to_leaving(visit: Visit) -> None:
    """Page, click, link, scroll, form and leave arrive once each, of one anonymous person, without what was typed."""
    visitor = visit()
    visitor.go("/product/tent?email=typed%40example.com&utm_source=letter&utm_campaign=spring")
    visitor.page.get_by_text("A demo").click()
    visitor.page.get_by_text("Elsewhere").evaluate(
        "(link) => { link.addEventListener('click', (e) => e.preventDefault()); link.click(); }"
    )
    visitor.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    visitor.wait_for("Page Scrolled", 4)
    who = visitor.kept()
    visitor.page.locator("#send").click()
    visitor.page.wait_for_url("**/about?**")
    visitor.wait_for("Page Viewed", 2)
    until(lambda: "Page Left" in visitor.names(who))
    scrolls = ["Page Scrolled"] * 4
    one = ["Page Viewed", "Demo Requested", "Link Clicked", *scrolls, "Form Submitted", "Page Left"]
    assert visitor.names(who) == [*one, "Page Viewed"]
    rows = visitor.rows(who)
    calls = {row.event: call_of(row) for row in reversed(rows)}
    assert calls["Demo Requested"]["properties"] == {"sku": "t1"}
    assert calls["Link Clicked"]["properties"] == {"href": "https://elsewhere.example.com/offer"}
    about = {"form": "newsletter", "action": f"{visitor.site.url}/about"}
    assert calls["Form Submitted"]["properties"] == about
    page = calls["Page Viewed"]["context"]["page"]
    assert (page["path"], page["title"]) == ("/product/tent", "/product/tent")
    assert calls["Page Viewed"]["context"]["campaign"] == {"source": "letter", "name": "spring"}
    assert calls["Page Left"]["properties"]["seconds"] >= 0
    percents = [call_of(row)["properties"]["percent"] for row in rows if row.event == "Page Scrolled"]
    assert percents == [25, 50, 75, 100]
    assert {row.status for row in rows} <= {"applied", "duplicate"}
    assert all(row.is_public for row in rows)
    assert not [row for row in rows for secret in (b"typed", b"hidden") if secret in row.raw]


@pytest.mark.parametrize("way", ["leave", "lost leave", "route"])
def test_a_real_stay_fires_the_dwell_trigger(visit: Visit, tagged_shop: Shop, way: str) -> None:
    """The beacon of a page that closes proves it; so do heartbeats when it is lost, and the next route of an app."""
    page = {"leave": "stay", "lost leave": "lost", "route": "route"}[way]
    lose = "Navigator.prototype.sendBeacon = () => true;" if way == "lost leave" else ""
    visitor = visit(lose, heartbeat="1" if way == "lost leave" else "0")
    visitor.go(f"/{page}")
    who = visitor.kept()
    if way == "lost leave":
        visitor.wait_for("Page Heartbeat", 2)
    else:
        visitor.stay(1.1)
    if way == "route":
        visitor.page.evaluate("history.pushState({}, '', '/elsewhere')")
    else:
        visitor.page.close()
    until(tagged_shop.decided(f"looks_long_{page}", "fired"))
    (fired,) = tagged_shop.runtime.store.read.decisions(Filter(trigger=f"looks_long_{page}")).rows
    assert fired.profile_id == tagged_shop.runtime.store.read.owner("anonymous_id", who)


def test_routes_of_an_app_are_pages_and_filters_are_none(visit: Visit) -> None:
    """A path and a hash route are pages, with the title that the router sets after them; a query is none."""
    visitor = visit(query="color")
    visitor.go("/")
    for address in ("/list", "/list?sort=price", "/list?color=red&sort=price", "/#/cart?step=1", "/#anchor"):
        visitor.page.evaluate(
            "(to) => { history.pushState({}, '', to); document.title = 'Title of ' + to; }", address
        )
        visitor.page.evaluate("() => new Promise((done) => setTimeout(done))")
    pages = [call_of(row)["context"]["page"] for row in visitor.wait_for("Page Viewed", 5)]
    addresses = [page["url"].removeprefix(visitor.site.url) for page in pages]
    assert addresses == ["/", "/list", "/list?color=red", "/#/cart", "/"]
    assert pages[1]["title"] == "Title of /list"
    assert pages[3]["path"] == "/#/cart"
    assert visitor.names(visitor.kept()) == ["Page Viewed", *["Page Left", "Page Viewed"] * 4]


@pytest.mark.parametrize("refusals", [[503, 429], [500]])
def test_what_is_refused_for_the_moment_comes_once(visit: Visit, refusals: list[int]) -> None:
    """The same message ids again, no sooner than asked, and nothing twice."""
    visitor = visit(off="scroll", heartbeat="0")
    visitor.shop.refusing = [*refusals]
    visitor.go("/again")
    visitor.cue("track", "Asked Again", {"n": 1})
    visitor.wait_for("Asked Again")
    assert visitor.shop.refusing == []
    assert visitor.names(visitor.kept()) == ["Page Viewed", "Asked Again"]
    assert {row.status for row in visitor.rows(visitor.kept())} == {"applied"}


def test_what_a_closing_page_could_not_send_the_next_one_sends(visit: Visit) -> None:
    """While the server refuses, a beacon's fate is unknown: it is kept, and comes once."""
    visitor = visit(heartbeat="0")
    visitor.go("/first")
    visitor.wait_for("Page Viewed")
    visitor.shop.refusing = [503] * 50
    visitor.cue("track", "In Hard Times")
    # Only a page that knows of the first refusal asks again.
    until(lambda: len(visitor.shop.refusing) < 49)
    visitor.page.goto("about:blank")
    visitor.shop.refusing = []
    visitor.go("/second")
    visitor.wait_for("Page Viewed", 2)
    visitor.wait_for("In Hard Times")
    visitor.wait_for("Page Left")
    assert visitor.names(visitor.kept()) == ["Page Viewed", "In Hard Times", "Page Left", "Page Viewed"]


def test_nothing_is_sent_or_kept_before_consent_or_after_its_end(visit: Visit) -> None:
    """With consent required the tag waits, begins with the yes, and forgets with the no."""
    visitor = visit(consent="required")
    asked: list[str] = []
    visitor.page.on("request", lambda one: asked.append(one.url) if "/v1/" in one.url else None)
    visitor.go("/waits")
    visitor.cue("track", "Said Before")
    visitor.page.evaluate("scrollTo(0, 5000)")
    assert visitor.page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    assert asked == []
    visitor.cue("consent", True)
    visitor.wait_for("Said Before")
    who = visitor.kept()
    assert visitor.names(who)[:2] == ["Page Viewed", "Said Before"]
    visitor.cue("consent", False)
    assert (visitor.kept(), visitor.kept("cuewire_consent")) == ("", "no")
    count = len(asked)
    visitor.go("/after")
    visitor.cue("track", "Said After")
    assert visitor.kept() == ""
    assert len(asked) == count


@pytest.mark.parametrize("wish", ["globalPrivacyControl', {value: true", "doNotTrack', {value: '1'"])
def test_a_browser_that_asks_not_to_be_tracked_is_not(visit: Visit, wish: str) -> None:
    """Unless the person agrees on the page itself, or the site says to ignore it."""
    script = f"Object.defineProperty(navigator, '{wish}}});"
    visitor = visit(script)
    visitor.go("/quiet")
    assert visitor.kept() == ""
    visitor.cue("consent", True)
    visitor.wait_for("Page Viewed")
    ignoring = visit(script, dnt="ignore")
    ignoring.go("/loud")
    ignoring.wait_for("Page Viewed")


def test_without_storage_a_cookie_keeps_the_id(visit: Visit) -> None:
    """One person over two pages, also where storage is blocked."""
    block = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked'); }});"
    visitor = visit(block)
    seen = []
    for path in ("/one", "/two"):
        visitor.go(path)
        seen.append(visitor.page.evaluate("document.cookie.match(/cuewire_id=([^;]*)/)[1]"))
    assert seen[0] == seen[1] != ""
    until(lambda: visitor.names(seen[0]).count("Page Viewed") == 2)


def test_a_page_is_believed_on_what_happened_and_not_on_addresses(visit: Visit) -> None:
    """An id of its own and traits are taken; an e-mail and events of servers are not; a reset is another person."""
    visitor = visit()
    visitor.go("/account")
    visitor.cue("identify", "u-77", {"plan": "pro", "email": "claimed@example.com"})
    visitor.cue("track", "Order Completed", {"revenue": 1_000})
    read = visitor.shop.runtime.store.read
    until(lambda: bool(read.events(Filter(status="set_aside")).rows))
    (order,) = read.events(Filter(status="set_aside")).rows
    assert (order.event, "server" in order.reason) == ("Order Completed", True)
    assert read.owner("user_id", "u-77") == read.owner("anonymous_id", visitor.kept())
    assert read.owner("email", "claimed@example.com") is None
    visitor.go("/next")
    assert all(call_of(row)["userId"] == "u-77" for row in visitor.wait_for("Page Viewed", 2)[1:])
    before = visitor.kept()
    visitor.cue("reset")
    visitor.cue("track", "Signed Out Twice")
    (row,) = visitor.wait_for("Signed Out Twice")
    assert visitor.kept() != before
    assert "userId" not in call_of(row)


def test_the_snippet_for_tag_managers_takes_its_options_and_the_data_layer(
    visit: Visit, tagged_shop: Shop, key: str
) -> None:
    """What was said before the script came is not lost; of the data layer only what was named is sent."""
    early = "<script>dataLayer = [{event: 'gtm.js'}, {event: 'view_item', sku: 1}];</script>"
    snippet = snippet_of_docs(tagged_shop.url, key)
    visitor = visit(head=f"{early}{snippet}<script>cue('track', 'Said Early')</script>")
    visitor.go("/gtm")
    visitor.page.evaluate(
        """dataLayer.push({event: "add_to_cart", "gtm.uniqueEventId": 4, ecommerce: {value: 9}},
        {event: "secret", email: "x@example.com"}, {event: "view_item", loop: window})"""
    )
    (added,) = visitor.wait_for("add_to_cart")
    assert call_of(added)["properties"] == {"value": 9}
    assert visitor.names(visitor.kept()) == ["Page Viewed", "view_item", "Said Early", "add_to_cart"]


def snippet_of_docs(url: str, key: str) -> str:
    """Give the snippet as the docs print it, with this server and this key."""
    page = (Path(__file__).parents[2] / "docs" / "sources" / "tag.md").read_text()
    block = page.split("```html\n")[2].split("```")[0]
    return block.replace("https://cuewire.example.com", url).replace("BROWSER_KEY", key)


def test_two_tags_on_a_page_are_one(visit: Visit) -> None:
    """A second copy stays silent."""
    visitor = visit()
    visitor.go("/twice")
    tag: dict[str, Any] = {"url": f"{visitor.shop.url}/tag.js"}
    visitor.page.add_script_tag(**tag)
    visitor.cue("track", "Said Once")
    visitor.wait_for("Said Once")
    assert visitor.names(visitor.kept()).count("Page Viewed") == 1
