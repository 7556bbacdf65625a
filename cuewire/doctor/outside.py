"""How others reach this server and it reaches others: its public address, proxies, and the mode it runs in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from connectors.setting import is_loopback
from core.config.loader import Loaded
from cuewire.doctor.finding import Finding, note, ok, warning
from cuewire.doctor.use import written_by
from cuewire.settings import Settings

ADDRESS, MODE = "address", "mode"

PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")

MODES = {
    "live": "live: what triggers decide is sent",
    "shadow": "shadow: triggers decide, nothing is sent",
    "redirect": "redirect: messages go to the test recipients, data actions are not sent",
}


def of_address(settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Say what the public address and the proxies allow."""
    yield from _public(settings.public_url)
    trusted = ", ".join(settings.trusted_proxies)
    if trusted:
        yield ok(ADDRESS, f"X-Forwarded-For is believed of {trusted}")
    elif settings.public_url and not is_loopback(settings.public_url):
        mend = "name its address in CUEWIRE_TRUSTED_PROXIES, or callers are known by the proxy's address"
        yield note(ADDRESS, "no proxy is trusted: right where none stands in front", mend)
    proxy = next((name for name in PROXIES if env.get(name)), "")
    if proxy:
        host = urlsplit(env[proxy]).hostname or "a proxy"
        yield note(
            ADDRESS,
            f"requests to vendors go by {host} ({proxy})",
            "it must let them through",
        )


def _public(url: str) -> Iterator[Finding]:
    if not url:
        mend = "set CUEWIRE_PUBLIC_URL to the address under which vendors and people reach this server"
        yield warning(ADDRESS, "there is no public address: no callbacks, no unsubscribe links", mend)
    elif is_loopback(url):
        mend = "set CUEWIRE_PUBLIC_URL to one that leads here from outside, such as a tunnel's"
        yield warning(ADDRESS, f"{url} is this machine: no vendor can call back", mend)
    elif not url.startswith("https://"):
        mend = "put TLS in front: HubSpot and Twilio call https only, and one-click links need it"
        yield warning(ADDRESS, f"{url} is not https", mend)
    else:
        yield ok(ADDRESS, f"others reach this server at {url} (tried with --live)")


def of_mode(settings: Settings, loaded: Loaded) -> Iterator[Finding]:
    """Say which mode it runs in, and which destinations wait for settings."""
    say = ok if settings.mode == "live" else note
    yield say(MODE, MODES[settings.mode])
    from connectors import build  # here, so that a part without destinations loads none

    used = written_by(loaded)
    for name, kind in sorted(loaded.destinations.items()):
        missing = build(
            name,
            kind,
            settings.destination(name),
            public_url=settings.public_url,
            insecure_hosts=settings.insecure_hosts,
        ).missing_settings()
        if not missing:
            yield ok(MODE, f"{name} has its settings")
        elif name in used:
            actions = ", ".join(used[name])
            yield warning(MODE, f"{name} waits: triggers use {actions}", f"set {', '.join(missing)}")
