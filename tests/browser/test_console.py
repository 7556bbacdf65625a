"""The console in a real browser: signing in, the live view, people, a phone, and the docs' pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from browser.shop import Shop
from browser.story import track
from browser.window import DESK, PHONE, Window
from playwright.sync_api import expect

Open = Callable[..., Window]

HIDE = """(is_hidden) => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => is_hidden});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_link_signs_in_once(shop: Shop, open_window: Open) -> None:
    """The second window gets a clear page, and nothing without a sign-in."""
    link = shop.link()
    first, second = open_window(shop), open_window(shop)
    first.sign_in(link)
    expect(first.page.get_by_role("heading", name="What happens")).to_be_visible()
    assert first.page.url == first.base
    second.page.goto(link)
    expect(second.page.get_by_role("alert")).to_contain_text("This link has been used.")
    second.go()
    assert second.page.url.endswith("/console/signin")


def test_who_signs_out_has_to_sign_in_again(shop: Shop, open_window: Open) -> None:
    """A window that is still open goes to the sign-in by itself."""
    window = open_window(shop)
    window.sign_in(shop.link())
    other = window.page.context.new_page()
    other.goto(window.base)
    window.page.get_by_role("button", name="Sign out").click()
    expect(window.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_first_event_appears_by_itself(empty_shop: Shop, open_window: Open) -> None:
    """Without a reload, from an empty page."""
    window = open_window(empty_shop)
    window.sign_in(empty_shop.link())
    expect(window.page.locator(".live .empty")).to_contain_text("Nothing has happened yet")
    window.page.evaluate("window.isSamePage = true")
    empty_shop.send(track("Subscription Cancelled", reason="too dear"), userId="first")
    expect(window.page.locator("li.event")).to_contain_text("Subscription Cancelled")
    expect(window.page.locator("li.decision")).to_contain_text("fired in shadow")
    assert window.page.evaluate("window.isSamePage")


def test_what_comes_in_moves_nothing_that_is_being_read(shop: Shop, open_window: Open) -> None:
    """The row in sight stays where it is, and open details stay open."""
    window = open_window(shop, viewport={"width": 1280, "height": 500})
    window.sign_in(shop.link())
    page = window.page
    row = page.locator("li.decision", has_text="Ben Okafor").first
    row.locator("summary").click()
    row.evaluate("row => window.scrollTo(0, row.offsetTop - 100)")
    before = row.evaluate("row => row.getBoundingClientRect().top")
    count = page.locator("li.row").count()
    shop.send(*(track("Page Opened", number=number) for number in range(3)), userId="reader")
    expect(page.locator("li.row")).to_have_count(count + 3)
    assert abs(row.evaluate("row => row.getBoundingClientRect().top") - before) < 2
    expect(row.locator(".gates")).to_be_visible()


def test_a_hidden_tab_asks_nothing(shop: Shop, open_window: Open) -> None:
    """It asks at once when it is looked at again; a paused one when it is told to go on."""
    window = open_window(shop)
    page = window.page
    page.clock.install()
    window.sign_in(shop.link())
    page.evaluate(HIDE, True)
    asked = len(window.requests)
    page.clock.run_for(20_000)
    assert len(window.requests) == asked
    with page.expect_response(lambda answer: answer.url == window.base):
        page.evaluate(HIDE, False)
    page.get_by_role("button", name="Pause").click()
    asked = len(window.requests)
    page.clock.run_for(20_000)
    assert len(window.requests) == asked
    with page.expect_response(lambda answer: answer.url == window.base):
        page.get_by_role("button", name="Go on").click()


def test_a_page_without_news_is_not_sent_again(shop: Shop, open_window: Open) -> None:
    """The second look at an unchanged page is a 304."""
    window = open_window(shop)
    window.sign_in(shop.link())
    window.go("?kind=events&status=set_aside")
    with window.page.expect_response(lambda answer: answer.status == 304):
        pass


def test_filters_narrow_and_lead_on(shop: Shop, open_window: Open) -> None:
    """A chosen filter applies at once, a number leads to what it counts, and the rows to each other."""
    window = open_window(shop)
    page = window.page
    window.sign_in(shop.link())
    page.get_by_label("Trigger").select_option("product_interest")
    expect(page).to_have_url(f"{window.base}?trigger=product_interest")
    expect(page.locator("li.decision")).to_have_count(3)
    page.locator(".counts a", has_text="suppressed").click()
    expect(page.locator("li.row")).to_have_count(1)
    page.locator("li.decision .title a").click()
    gates = page.locator(".gates tr.failed")
    expect(gates).to_contain_text("consent")
    expect(gates).to_contain_text("withdrawn")
    page.locator("li.delivery .title a").click()
    expect(page.get_by_text("No attempt yet.")).to_be_visible()
    page.locator(".facts a", has_text="abandoned_cart").click()
    page.locator(".facts a", has_text="Product Added").click()
    expect(page.locator("pre")).to_contain_text("cart-121")
    page.locator(".facts a", has_text="Dan Weber").click()
    expect(page.get_by_role("heading", name="Dan Weber")).to_be_visible()


def test_a_person_is_found_by_any_identifier_and_told_whole(shop: Shop, open_window: Open) -> None:
    """How Anna joined, what she agreed to, where a trait came from, and what waits for her."""
    window = open_window(shop)
    page = window.page
    window.sign_in(shop.link())
    for text in ("Anna@Example.com", "user_id:anna", "visitor-7f3a", "+1 415 555 0132"):
        page.get_by_role("searchbox").fill(text)
        page.get_by_role("searchbox").press("Enter")
        expect(page.get_by_role("heading", name="Anna Lindqvist")).to_be_visible()
    side = page.locator(".side")
    expect(side.locator(".log .merged")).to_contain_text("found to be the same person")
    expect(side.locator(".log .linked")).to_have_count(4)
    expect(side).to_contain_text("granted for every channel")
    expect(side.locator("tr", has_text="plan")).to_contain_text("from segment")
    expect(side).to_contain_text("decides")
    expect(page.locator(".timeline li.delivery")).to_have_count(2)


def test_a_shared_device_is_told_with_whom(shop: Shop, open_window: Open) -> None:
    """Ben's page leads to Anna's."""
    window = open_window(shop)
    window.sign_in(shop.link())
    window.go("search?q=ben")
    log = window.page.locator(".log .shared_device")
    expect(log).to_contain_text("stayed with Anna Lindqvist")
    log.get_by_role("link", name="Anna Lindqvist").click()
    expect(window.page.get_by_role("heading", name="Anna Lindqvist")).to_be_visible()


def test_a_phone_shows_every_page_without_scrolling_sideways(shop: Shop, open_window: Open) -> None:
    """At 390 and at 320 points of width, details open."""
    window = open_window(shop, viewport=PHONE, is_mobile=True, has_touch=True)
    window.sign_in(shop.link())
    links = ["", "search?q=", "search?q=nobody", "signin", "nowhere", "?status=wrong"]
    for kind, count in (("event", 1), ("decision", 2), ("delivery", 2)):
        found = window.page.locator(f"li.{kind} .title a").all()
        links += [str(one.get_attribute("href")) for one in found[:count]]
    person = str(window.page.locator(".who a").first.get_attribute("href"))
    links += [
        person,
        person.replace("person?", "consent?"),
        "triggers",
        "trigger?id=product_interest",
        "stop",
    ]
    for link in links:
        window.go(link)
        window.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        for width in (390, 320):
            window.page.set_viewport_size({"width": width, "height": 844})
            assert not window.has_sideways_scroll(), f"{link} at {width}"


def test_sends_are_stopped_and_let_go_on_by_hand(empty_shop: Shop, open_window: Open) -> None:
    """A question, a button, one banner on every page whatever the alerts say; the way back is the same."""
    window = open_window(empty_shop)
    page = window.page
    window.sign_in(empty_shop.link())
    page.get_by_role("link", name="Stop sends").click()
    page.get_by_label("Why").fill("the wrong price")
    page.get_by_role("button", name="Stop all sends").click()
    expect(page.locator(".banner")).to_contain_text("the wrong price")
    assert empty_shop.runtime.alerting.watch.look()
    stopped = empty_shop.runtime.control.stopped
    assert stopped is not None and stopped.reason == "the wrong price"
    window.go()
    expect(page.locator(".banner")).to_contain_text("All sends are stopped since")
    page.get_by_role("link", name="Let them go on").click()
    page.get_by_role("button", name="Let sends go on").click()
    expect(page.get_by_role("heading", name="Stop all sends?")).to_be_visible()
    expect(page.locator(".banner")).to_have_count(0)
    assert empty_shop.runtime.control.stopped is None


def test_what_a_trigger_led_to_is_found_from_its_name(shop: Shop, open_window: Open) -> None:
    """From the list to the trigger, to the conversion's person, and to everything she said of consent."""
    window = open_window(shop)
    page = window.page
    window.sign_in(shop.link())
    page.get_by_role("link", name="Triggers").click()
    row = page.locator(".numbers tbody tr", has_text="product_interest")
    expect(row).to_contain_text("100.0 %")
    row.get_by_role("link", name="product_interest").click()
    expect(page.locator("section", has_text="Step by step")).to_contain_text("braze.track_event")
    page.locator("section", has_text="newest conversions").get_by_role(
        "link", name="Anna Lindqvist"
    ).first.click()
    page.get_by_role("link", name="Everything that was ever said").click()
    expect(page.locator(".numbers tbody tr").first).to_contain_text("granted")


def test_the_pictures_of_the_docs(shop: Shop, open_window: Open, pictures: Path) -> None:
    """Each page as the docs show it; in the docs only when asked for."""
    for name, address, options in (
        ("live", "", {"viewport": DESK}),
        ("dark", "?kind=decisions", {"viewport": DESK, "color_scheme": "dark"}),
        ("person", "search?q=anna", {"viewport": {"width": 1280, "height": 1180}}),
        ("decision", "?trigger=abandoned_cart&status=not_met&profile=carla", {"viewport": DESK}),
        ("triggers", "triggers", {"viewport": {"width": 1280, "height": 460}}),
        ("stop", "stop", {"viewport": {"width": 1280, "height": 620}}),
        ("phone", "", {"viewport": PHONE, "device_scale_factor": 2}),
    ):
        window = open_window(shop, **options)
        window.sign_in(shop.link())
        window.go(address)
        if name == "decision":
            window.page.locator("li.decision .title a").first.click()
            expect(window.page.locator(".gates")).to_be_visible()
        file = pictures / f"console-{name}.png"
        window.page.screenshot(path=file)
        assert file.stat().st_size > 10_000
