"""Signed links: whoever holds one may speak for one person, and it shows nothing of who that is."""

from __future__ import annotations

from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer

from core.ports import DeliveryRow
from core.secret import Secret

#: The pages, and under which path each stands; a link to one is none to the other.
PATHS = {"unsubscribe_url": "u", "preferences_url": "preferences"}


class Holder(NamedTuple):
    """Whom a link is for, and about which messages."""

    profile_id: str
    purpose: str
    channel: str


class PersonLinks:
    """Makes and reads the links; without a public address there are none."""

    def __init__(self, keys: Secret, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        # The newest key stands last there and signs; links of the older ones still open.
        held = list(reversed(keys.accepted()))
        self._signers = {
            name: URLSafeSerializer(held, salt=f"cuewire.{path}") for name, path in PATHS.items()
        }

    def address_of(self, row: DeliveryRow, name: str) -> str:
        """Give the link of a delivery; empty without a public address."""
        return self.address(Holder(row.profile_id, row.purpose, row.channel), name)

    def address(self, holder: Holder, name: str) -> str:
        """Give a link by its name in templates."""
        token = self.token(holder, name)
        return f"{self._public_url}/{PATHS[name]}/{token}" if self._public_url else ""

    def token(self, holder: Holder, name: str) -> str:
        """Give what stands at the end of a link."""
        signed = self._signers[name].dumps(list(holder))
        return signed if isinstance(signed, str) else signed.decode()

    def read(self, token: str, name: str) -> Holder | None:
        """Read a link; None for one that is not ours, or was changed."""
        try:
            held = self._signers[name].loads(token)
        except BadData:
            return None
        return Holder(*(str(part) for part in held))
