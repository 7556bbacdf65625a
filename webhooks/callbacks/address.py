"""Where an address is signed too and the signature does not fit ours: find the one that it does fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from flask import request

#: A stranger's body is not hashed over and over where it is larger than this.
LARGEST = 65_536

#: The signature fits the address that begins so.
Fits = Callable[[str], bool]


def differing(public_url: str, body: bytes, fits: Fits) -> str:
    """Say which other address a signature fits; whoever made it knows the secret. Empty where it fits none."""
    if len(body) > LARGEST:
        return ""
    ours = public_url.rstrip("/")
    found = next((base for base in others(ours) if fits(base)), "")
    if not found:
        return ""
    what = " and ".join(differences(ours, found))
    return f"The signature fits {found}, and CUEWIRE_PUBLIC_URL is {ours}: they differ by {what}. Set it to the first."


def others(ours: str) -> Iterator[str]:
    """Give the addresses under which this server may be known outside, as far as the request tells."""
    parts = urlsplit(ours)
    header = request.headers.get
    hosts = dict.fromkeys((parts.netloc, request.host, header("X-Forwarded-Host", "").split(",")[0].strip()))
    paths = dict.fromkeys((parts.path, "", header("X-Forwarded-Prefix", "").rstrip("/")))
    for host in filter(None, hosts):
        for path in paths:
            for scheme in ("https", "http"):
                if (base := f"{scheme}://{host}{path}") != ours:
                    yield base


def differences(ours: str, theirs: str) -> Iterator[str]:
    """Name the parts by which two addresses differ."""
    one, other = urlsplit(ours), urlsplit(theirs)
    if one.scheme != other.scheme:
        yield other.scheme
    if one.hostname != other.hostname:
        yield "the host"
    elif one.port != other.port:
        yield "the port"
    if one.path != other.path:
        yield "the path"
