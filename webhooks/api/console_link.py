"""Give a new one-time link to the console to whoever holds the API key."""

from __future__ import annotations

from flask import Response

from core.engine.instant import iso
from webhooks.answers import json_answer
from webhooks.services import Services


def sign_in_address(services: Services) -> tuple[str, int]:
    """Issue a link and say when it expires."""
    token, until = services.links.issue(services.clock.now())
    return f"{services.public_url}/console/signin?token={token}", until


class ConsoleLinkApi:
    """Issue links."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def console_link(self) -> Response:
        """Issue one link; it works once, within 15 minutes."""
        url, until = sign_in_address(self.services)
        return json_answer({"url": url, "expires_at": iso(until)}, 201)
