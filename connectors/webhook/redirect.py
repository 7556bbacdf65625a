"""Redirects, to those hosts alone that an operator has named for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from connectors.notice import problem_of_url
from connectors.webhook.exchange import Answered
from connectors.webhook.guard import PrivateAddressError
from connectors.webhook.make import Made

#: Redirects that are followed one after the other; the next one is an answer like any other.
MOST = 3

#: The first says of the request that it belongs elsewhere, the second that its answer lies elsewhere.
_ELSEWHERE = (301, 307, 308)
_ANSWER_ELSEWHERE = (302, 303)


@dataclass(frozen=True)
class Follower:
    """Follows redirects to ``hosts``; an address in plain http takes one of ``insecure`` too."""

    hosts: frozenset[str]
    insecure: frozenset[str]

    def fetch(self, fetch: Callable[[Made], Answered], made: Made) -> Answered:
        """Ask, and ask where the answers point to; a redirect to any other host is given as the answer."""
        got = fetch(made)
        for _ in range(MOST if self.hosts else 0):
            url = self._target(made, got)
            if url and got.status in _ANSWER_ELSEWHERE:
                return _answer_at(url, fetch)
            if not url:
                break
            made = replace(made, url=url)
            got = fetch(made)
        return got

    def _target(self, made: Made, got: Answered) -> str:
        """Give the address to ask next; empty where there is none, or none that may be asked."""
        headers = {name.lower(): value for name, value in got.headers.items()}
        if got.status not in (*_ELSEWHERE, *_ANSWER_ELSEWHERE) or not headers.get("location"):
            return ""
        try:
            url = urljoin(made.url, headers["location"])
            host = urlsplit(url).hostname or ""
        except ValueError:
            return ""
        return url if host in self.hosts and not problem_of_url(url, self.insecure) else ""


def _answer_at(url: str, fetch: Callable[[Made], Answered]) -> Answered:
    """Fetch an answer, with nothing of ours; where it cannot be had, what was sent is done all the same."""
    try:
        got = fetch(Made("GET", url))
    except (requests.RequestException, urllib3.exceptions.HTTPError, PrivateAddressError) as error:
        raise requests.ConnectionError("the answer behind the redirect was lost") from error
    if 200 <= got.status < 300:
        return got
    raise requests.ConnectionError(f"the answer behind the redirect was {got.status}")
