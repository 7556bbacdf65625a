"""One request over the wire: never redirected, its answer read up to a bound in size and in time."""

from __future__ import annotations

import time

import requests
import urllib3

from connectors.transport import TIMEOUT
from connectors.webhook.exchange import Answered
from connectors.webhook.make import Made
from core.ports import Outcome, RetryLater

#: Bytes of an answer that are read, and seconds in which they must come.
LARGEST_ANSWER = 262_144
LONGEST_ANSWER = 15.0
_PIECE = 16_384

#: Asked for plainly, or a small answer could unpack into a large one.
COMMON = {
    "User-Agent": "Cuewire",
    "Accept": "application/json, text/plain, */*",
    "Accept-Encoding": "identity",
}


class StoppedError(Exception):
    """Says what becomes of a delivery of which nothing was sent, or nothing taken."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def fetch(session: requests.Session, made: Made, *, timeout: float | None = None) -> Answered:
    """Send a request and read its answer."""
    timeout = TIMEOUT[1] if timeout is None else timeout
    until = time.monotonic() + min(timeout, LONGEST_ANSWER) + TIMEOUT[0]
    with session.request(
        made.method,
        made.url,
        data=made.body,
        headers={**COMMON, **made.headers},
        timeout=(min(TIMEOUT[0], timeout), timeout),
        allow_redirects=False,
        stream=True,
    ) as response:
        content = _read(response, until)
        return Answered(response.status_code, dict(response.headers), content.decode("utf-8", "replace"))


def fetch_before(
    session: requests.Session, made: Made, *, what: str, timeout: float | None = None
) -> Answered:
    """Fetch what is needed before anything is sent: a lost answer costs nothing but another try."""
    try:
        return fetch(session, made, timeout=timeout)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise StoppedError(RetryLater(f"{what} failed: {type(error).__name__}")) from error


def _read(response: requests.Response, until: float) -> bytes:
    """Read piece by piece, as it comes: what lies beyond the bound is left unread."""
    content = b""
    while len(content) < LARGEST_ANSWER:
        piece = response.raw.read1(min(_PIECE, LARGEST_ANSWER - len(content)), decode_content=False)
        if not piece:
            break
        content += piece
        if time.monotonic() > until:
            raise requests.ReadTimeout("the answer did not end in time")
    return content
