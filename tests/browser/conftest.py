"""A real Chromium, a real server with a story told, and pages that note what must not happen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.shop import MINUTE, Shop
from browser.story import MINUTES, tell
from browser.window import ARGUMENTS, Window
from playwright.sync_api import Browser, expect, sync_playwright

#: A page is waited for as long as a busy machine may need; what holds at once costs nothing.
PATIENCE = 45_000
expect.set_options(timeout=PATIENCE)

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser once."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium here: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def empty_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give a server to which nothing has happened."""
    shop = Shop(tmp_path_factory.mktemp("empty"))
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give a server with the story told."""
    shop = Shop(tmp_path_factory.mktemp("shop"), back=MINUTES * MINUTE)
    tell(shop)
    yield shop
    shop.close()


@pytest.fixture
def open_window(chromium: Browser) -> Iterator[Callable[..., Window]]:
    """Open windows, each with cookies of its own, and see that nothing forbidden happened in any."""
    windows: list[Window] = []

    def open_one(shop: Shop, **options: Any) -> Window:
        windows.append(Window(chromium, shop.url, options))
        return windows[-1]

    yield open_one
    for window in windows:
        window.close()
    for window in windows:
        assert window.faults == []


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Say where pictures go: into the docs only with ``ACCEPT_PICTURES=1``."""
    return PICTURES if os.environ.get("ACCEPT_PICTURES") == "1" else tmp_path_factory.mktemp("pictures")
