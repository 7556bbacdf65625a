"""What every envelope shares."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import Response

from core.errors import BadRequest
from core.secret import Secret
from webhooks.signatures import strict_base64
from webhooks.sources.base import Door, GiveSecret, Setting
from webhooks.sources.custom.items import Reader, Taken
from webhooks.sources.custom.proof import Environ


class Envelope:
    """One queue's way to deliver: how it proves itself, what it wraps, and the answer that it waits for."""

    settings: ClassVar[tuple[Setting, ...]] = ()

    def __init__(self, door: Door) -> None:
        self.door = door

    def receive(self, source: str, reader: Reader, environ: Environ, received_at: int) -> Response:
        """Take one request; what the queue itself delivers right is never refused for what is inside it."""
        raise NotImplementedError

    @staticmethod
    def sign(body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Give the headers with which the queue would prove itself."""
        raise NotImplementedError

    def setting(self, source: str, name: str) -> Secret:
        """Give a setting; it is empty when it is not set."""
        return self.door.services.secrets(source, name)

    def accept(self, source: str, taken: Taken, received_at: int) -> None:
        """Hand everything over, in portions that the intake likes."""
        portion = self.door.limits.array_items
        for start in range(0, len(taken), portion):
            self.door.accept(source, taken[start : start + portion], received_at)


def text_in(found: dict[str, Any], name: str) -> str:
    """Give a text of the envelope; refuses an envelope without it."""
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(
            f"{name} is missing or not text.", field=name, hint="Send the envelope as it is documented."
        )
    return value


def decode(value: object) -> bytes | None:
    """Read base64; None for what is none."""
    return strict_base64(value) if isinstance(value, str) else None
