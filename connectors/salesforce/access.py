"""The ways to sign in to Salesforce: client credentials, a JWT, or a user's name and password."""

from __future__ import annotations

import re
from typing import Any

from core.ports import Outcome, RetryLater

#: Every host that Salesforce may name as an organisation's own.
HOSTS = ".salesforce.com"
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII)

#: Doors that all organisations share; client credentials do not open them.
SHARED_DOMAINS = ("login", "test")

#: What each way needs, by the settings that show which one it is.
NEEDED = {
    "jwt": ("consumer_key", "username", "private_key"),
    "user": ("username", "password"),
    "client": ("consumer_key", "consumer_secret", "domain"),
}


class NoSession(Exception):
    """Say that signing in failed, so that nothing was sent, and what that means."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def way_of(settings: Any) -> str:
    """Name the way that the settings show."""
    if settings.private_key:
        return "jwt"
    return "user" if settings.username or settings.password else "client"


def domain_of(settings: Any) -> str:
    """Give the domain as the SDK takes it; people paste the address of their browser."""
    domain = settings.domain.lower().removeprefix("https://").strip("/").removesuffix(HOSTS)
    return str(domain or ("" if way_of(settings) == "client" else "login"))


def is_domain(domain: str, way: str) -> bool:
    """Say whether one can sign in there."""
    return bool(DOMAIN.fullmatch(domain)) and (way != "client" or domain not in SHARED_DOMAINS)


def credentials(settings: Any) -> dict[str, Any]:
    """Give what the SDK wants for the way that the settings show."""
    way = way_of(settings)
    if way == "jwt":
        # An environment variable often holds a key in one line.
        key = settings.private_key.reveal().replace("\\n", "\n")
        return {
            "username": settings.username,
            "consumer_key": settings.consumer_key.reveal(),
            "privatekey": key,
        }
    client = {name: getattr(settings, name).reveal() for name in ("consumer_key", "consumer_secret")}
    if way == "client":
        return client
    password, token = settings.password.reveal(), settings.security_token.reveal()
    if all(client.values()):
        return {"username": settings.username, "password": password + token, **client}
    # Without an app only the older sign-in by SOAP is left, which the SDK takes where there is a token.
    return {"username": settings.username, "password": password, "security_token": token}


def unusable_key(names: str) -> NoSession:
    """Say that a private key is none."""
    return NoSession(RetryLater(f"the private key cannot sign (check {names})", pause=True))
