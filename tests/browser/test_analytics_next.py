"""Segment's own browser library in a real browser, unchanged, against a served instance on another origin."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.pages import Site, browser_key
from browser.shop import Shop, until
from playwright.sync_api import Browser, Page

from core.ports import EventRow, Filter

UMD = Path(__file__).parents[2] / ".clients/node/node_modules/@segment/analytics-next/dist/umd"
IS_WANTED = os.environ.get("CUEWIRE_CLIENTS") == "1"

#: As its documentation says; the settings are given so that nothing is asked of anybody else.
LOAD = """([writeKey, host, strategy]) => {
  const own = {apiKey: writeKey, apiHost: host + "/v1", protocol: "http", deliveryStrategy: {strategy}};
  const cdnSettings = {integrations: {"Segment.io": own}, plan: {}, metrics: {sampleRate: 0}};
  window.sdk = AnalyticsNext.AnalyticsBrowser.load(
    {writeKey, cdnURL: location.origin, cdnSettings}, {integrations: {"Segment.io": own}});
  return sdk.ready().then(() => true);
}"""
SAY = """async (userId) => {
  await sdk.identify(userId, {plan: "pro"});
  await sdk.track("Client Spoke", {text: "Grüße 😀", price: 1.5});
  await sdk.page("Docs", "Start");
  await sdk.group("g1", {name: "Acme"});
  return (await sdk.user()).anonymousId();
}"""


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the library from the site's own host, and an instance beside it."""
    if not IS_WANTED:
        pytest.skip("programs of other makers run with CUEWIRE_CLIENTS=1, after `make clients`")
    if shutil.which("npm") is None:
        pytest.skip("there is no npm here, and so no analytics-next: install it, then `make clients`")
    assert UMD.exists(), "analytics-next is not there: run `make clients`"
    shop = Shop(tmp_path_factory.mktemp("next"))
    site = Site(shop, browser_key(shop))
    site.head, site.policy, site.folder = '<script src="/umd/index.js"></script>', "", UMD
    yield site
    site.close()
    shop.close()


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """Open a page with the library in it."""
    site.shop.refusing, site.shop.heard = [], []
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.url + "/start")
    yield page
    context.close()


def load(page: Page, site: Site, strategy: str = "standard") -> None:
    """Start the library."""
    host = site.shop.url.removeprefix("http://")
    assert page.evaluate(LOAD, [site.key, host, strategy])


def rows_of(shop: Shop, anonymous_id: str) -> list[EventRow]:
    """Give what has come from a browser."""
    read = shop.runtime.store.read
    return read.events(Filter(profile=read.owner("anonymous_id", anonymous_id) or "-")).rows


def check_arrived(shop: Shop, who: str) -> None:
    """See that all of it came, once."""
    wanted = ["Client Spoke", "Grouped", "Identified", "Page Viewed"]
    until(lambda: sorted(row.event for row in rows_of(shop, who) if row.status == "applied") == wanted)
    assert all(row.is_public for row in rows_of(shop, who))


@pytest.mark.parametrize("strategy", ["standard", "batching"])
def test_the_browser_library_is_understood(page: Page, site: Site, strategy: str) -> None:
    """One request for each call to the short paths after asking leave, or batches of them."""
    load(page, site, strategy)
    who = page.evaluate(SAY, f"next-{strategy}")
    if strategy == "batching":
        page.goto("about:blank")
    check_arrived(site.shop, who)
    paths = {path for path, _, _ in site.shop.heard} - {"/v1/m"}
    assert paths == ({"/v1/b"} if strategy == "batching" else {"/v1/i", "/v1/t", "/v1/p", "/v1/g"})


def test_the_browser_library_asks_again(page: Page, site: Site) -> None:
    """After 429 and 503 everything comes, once, and no sooner than it was asked to wait."""
    load(page, site)
    site.shop.refusing = [429, 503]
    begun = time.monotonic()
    who: Any = page.evaluate(SAY, "next-again")
    check_arrived(site.shop, who)
    statuses = [status for _, _, status in site.shop.heard]
    assert (statuses.count(429), statuses.count(503)) == (1, 1)
    assert time.monotonic() - begun > 0.9
