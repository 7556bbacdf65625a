"""What can only be told by asking: each destination about itself, our own public address, and the time."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from connectors import build
from connectors.base import Destination
from core.config.loader import Loaded
from core.ports import Inspected, Inspects, Written
from cuewire.doctor.finding import Finding, note, ok, problem, warning
from cuewire.doctor.use import written_by
from cuewire.settings import Settings

if TYPE_CHECKING:
    import requests

#: Milliseconds that clocks may differ by; signatures allow five minutes, and answers take their time.
SKEW = 30_000


def of_destinations(settings: Settings, loaded: Loaded) -> Iterator[Finding]:
    """Ask each destination that has its settings; it is only read."""
    used = written_by(loaded)
    for name, kind in sorted(loaded.destinations.items()):
        destination = build(
            name,
            kind,
            settings.destination(name),
            public_url=settings.public_url,
            insecure_hosts=settings.insecure_hosts,
        )
        part = f"{name}, asked"
        if destination.missing_settings():
            continue
        if not isinstance(destination, Inspects):
            yield note(part, f"{destination.title} has nothing that can be asked without sending")
            continue
        yield from (_told(part, one) for one in _asked(destination, used.get(name, {})))


def _asked(destination: Destination, written: Written) -> list[Inspected]:
    assert isinstance(destination, Inspects)
    try:
        return destination.inspect(written)
    # SDKs raise anything; what it means, the adapter knows.
    except Exception as error:  # noqa: BLE001
        reason = destination.scrub(destination.read_error(error).reason)
        keys = destination.keys()
        return [Inspected("the connection", reason, f"check {keys} and its rights" if keys else "")]


def _told(part: str, one: Inspected) -> Finding:
    if one.problem:
        says = f"{one.what}: {one.problem}"
        return warning(part, says, one.mend) if one.is_doubt else problem(part, says, one.mend)
    return note(part, f"{one.what} cannot be asked for") if one.is_doubt else ok(part, one.what)


def of_public_address(settings: Settings, now: int) -> Iterator[Finding]:
    """Call our own address from here, and compare clocks with whoever answers."""
    if not settings.public_url:
        return
    import requests  # slow to import

    address = f"{settings.public_url}/healthz"
    try:
        answer = requests.get(address, timeout=(5, 10), allow_redirects=False)
    except requests.RequestException as error:
        mend = "start `cuewire serve`, and see that the address leads to it (DNS, proxy, firewall)"
        yield problem("address", f"{address} does not answer: {type(error).__name__}", mend)
        return
    if answer.status_code == 200:
        yield ok("address", f"{address} answers")
    else:
        mend = "another program answers there, or a proxy that does not lead here"
        yield problem("address", f"{address} answers {answer.status_code}", mend)
    yield from _clock(answer, now)


def _clock(answer: requests.Response, now: int) -> Iterator[Finding]:
    try:
        there = int(parsedate_to_datetime(answer.headers.get("Date", "")).timestamp() * 1000)
    except (TypeError, ValueError):
        return
    apart = abs(there - now)
    if apart > SKEW:
        yield problem("address", f"the clocks differ by {apart // 1000} s", "let the clock be kept by NTP")
    else:
        yield ok("address", "the clock agrees with whoever answers there")
