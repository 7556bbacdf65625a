"""Behind a reverse proxy: who really called, by which scheme, and under which path the server is reached."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks, such as ``10.0.0.0/8``; raises ValueError for what is neither."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


class BehindProxy:
    """Believe ``X-Forwarded-For`` and ``X-Forwarded-Proto`` of trusted proxies, and take the path prefix off.

    The prefix is the path of the public address: links carry it, and a request may come with it or, where the
    proxy takes it off, without it.
    """

    def __init__(self, app: WSGIApplication, *, public_url: str, trusted: Sequence[Network]) -> None:
        self._app = app
        self._prefix = urlsplit(public_url).path.rstrip("/")
        self._trusted = trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request as its caller meant it."""
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            self._believe(environ)
        if self._prefix:
            path = environ.get("PATH_INFO", "")
            if path == self._prefix or path.startswith(f"{self._prefix}/"):
                environ["PATH_INFO"] = path.removeprefix(self._prefix) or "/"
            environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)

    def _believe(self, environ: WSGIEnvironment) -> None:
        """Walk the callers back from the nearest proxy; the first that is not trusted is who called."""
        for caller in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            if not is_address(caller.strip()):
                break
            environ["REMOTE_ADDR"] = caller.strip()
            if not self._is_trusted(caller.strip()):
                break
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme

    def _is_trusted(self, address: str) -> bool:
        return is_address(address) and any(
            ipaddress.ip_address(address) in network for network in self._trusted
        )


def is_address(text: str) -> bool:
    """Tell whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
