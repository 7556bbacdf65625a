"""Connections to addresses of the public internet alone, judged on the address that is really connected to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

#: Networks whose addresses carry one of IPv4 in their last bytes, which a gateway would unpack.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class PrivateAddressError(Exception):
    """Says that a host leads to an address which is not on the public internet."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


if TYPE_CHECKING:
    _Base = HTTPConnection
else:
    _Base = object


class _Guarded(_Base):
    """Resolves once, judges every answer, and connects to what was judged: a second answer of DNS is never used."""

    allowed: frozenset[str] = frozenset()

    def _new_conn(self) -> socket.socket:
        """Connect to the first of the host's public addresses that answers."""
        host = self._dns_host
        if host.lower().strip("[]") in self.allowed:
            return super()._new_conn()
        addresses = public_addresses(self, host.strip("[]"))
        try:
            for address in addresses[:-1]:
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError):
                    continue
            self._dns_host = addresses[-1]
            return super()._new_conn()
        finally:
            # The certificate and the Host header go by the name.
            self._dns_host = host


def public_addresses(connection: HTTPConnection, host: str) -> list[str]:
    """Resolve a host; one address among many that is not public is enough to refuse it."""
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not addresses or not all(is_public(address) for address in addresses):
        raise PrivateAddressError(host)
    return addresses


def is_public(address: str) -> bool:
    """Say whether an address is on the public internet, whatever it is wrapped in."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in _unwrapped(found))


def _unwrapped(address: IPAddress) -> Iterable[IPAddress]:
    """Give the addresses to judge: of one that carries another, the one that is carried."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    inner = address.sixtofour or (address.teredo[1] if address.teredo else None)
    return (address, inner) if inner else (address,)


class _Adapter(requests.adapters.HTTPAdapter):
    """Opens guarded connections; every name in ``allowed`` may lead anywhere."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools with connections of our own."""
        super().init_poolmanager(*args, **options)
        own = {"allowed": self._allowed}
        plain = type("GuardedHTTP", (_Guarded, HTTPConnection), own)
        secure = type("GuardedHTTPS", (_Guarded, HTTPSConnection), own)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


class _Session(requests.Session):
    """Sees no redirects: to prepare the next request, requests would read all of an answer that need not end."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Lead nowhere; who wants to follow reads the header."""
        return None


def open_guarded_session(allowed: frozenset[str]) -> requests.Session:
    """Open a session without proxies, cookies or ``~/.netrc``, that reaches public addresses and those allowed."""
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(allowed)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
