"""What a reverse proxy says is believed only of trusted ones, and the path prefix is taken off."""

from __future__ import annotations

from typing import Any

import pytest

from webhooks.proxy import BehindProxy, read_networks

PROXY, CALLER = "10.0.0.7", "203.0.113.9"


def seen(public_url: str = "", **environ: str) -> dict[str, Any]:
    """Send a request through and give what the app sees."""
    found: dict[str, Any] = {}

    def app(environ: Any, start_response: Any) -> list[bytes]:
        found.update(environ)
        return []

    proxied = BehindProxy(app, public_url=public_url, trusted=read_networks(["10.0.0.0/8", "::1"]))
    base = {"REMOTE_ADDR": PROXY, "PATH_INFO": "/healthz", "wsgi.url_scheme": "http", "SCRIPT_NAME": ""}
    list(proxied({**base, **environ}, lambda *_: lambda _: None))
    return found


@pytest.mark.parametrize(
    ("forwarded", "caller"),
    [
        (CALLER, CALLER),
        (f"198.51.100.1, {CALLER}", CALLER),
        (f"198.51.100.1, {CALLER}, 10.0.0.8", CALLER),
        ("10.0.0.9", "10.0.0.9"),
        ("", PROXY),
        ("unknown", PROXY),
        (f"{CALLER}, evil", PROXY),
    ],
)
def test_the_caller_is_the_first_that_is_not_a_proxy(forwarded: str, caller: str) -> None:
    """What a caller wrote into the header before the proxies did is never believed."""
    assert seen(HTTP_X_FORWARDED_FOR=forwarded)["REMOTE_ADDR"] == caller


def test_a_stranger_is_believed_nothing() -> None:
    """Without a trusted proxy in between the headers are the caller's own."""
    told = {"HTTP_X_FORWARDED_FOR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}
    found = seen(REMOTE_ADDR=CALLER, **told)
    assert (found["REMOTE_ADDR"], found["wsgi.url_scheme"]) == (CALLER, "http")


@pytest.mark.parametrize(
    ("told", "scheme"), [("https", "https"), ("http, HTTPS", "https"), ("gopher", "http")]
)
def test_the_scheme_is_the_nearest_proxys(told: str, scheme: str) -> None:
    """Only http and https are schemes."""
    assert seen(HTTP_X_FORWARDED_PROTO=told)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/cuewire/healthz", "/healthz"),
        ("/healthz", "/healthz"),
        ("/cuewire", "/"),
        ("/cuewires", "/cuewires"),
    ],
)
def test_the_prefix_of_the_public_address_is_taken_off(path: str, inside: str) -> None:
    """With or without it in the request, links carry it."""
    found = seen("https://example.com/cuewire/", PATH_INFO=path)
    assert (found["PATH_INFO"], found["SCRIPT_NAME"]) == (inside, "/cuewire")


def test_without_a_prefix_nothing_changes() -> None:
    """An address without a path leaves paths alone."""
    found = seen("https://example.com", PATH_INFO="/cuewire/healthz")
    assert (found["PATH_INFO"], found["SCRIPT_NAME"]) == ("/cuewire/healthz", "")
