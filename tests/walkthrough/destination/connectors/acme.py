"""Acme, an invented CRM: notes about people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.base import Destination, action
from core.ports import Delivered, DeliveryRow, FieldSpec, Outcome, Repeats
from core.secret import Secret


class Acme(Destination):
    """Keep notes in Acme."""

    title = "Acme"

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for Acme."""

        token: Secret  #: Token that may write notes.
        base_url: str = "https://api.acme.example"  #: Where the API is; change it only to test.

    def connect(self) -> None:
        """Open one session for all threads."""
        from connectors.transport import Bearer, open_session  # requests is slow to import

        self.session = open_session(self.base_url)
        self.session.auth = Bearer(self.settings.token.reveal())

    # Acme keeps one note for each key, so a second send does nothing new.
    @action(
        repeats=Repeats.KEYED,
        fields=(FieldSpec("person", "The person's id in Acme."), FieldSpec("text", "The text of the note.")),
        requires=("person", "text"),
    )
    def add_note(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Write a note about a person."""
        return [self._add(delivery) for delivery in batch]

    def _add(self, delivery: DeliveryRow) -> Outcome:
        """Write one note and read Acme's own id for it."""
        from connectors.transport import TIMEOUT, json_object

        note = {"key": delivery.id, "person": delivery.fields["person"], "text": delivery.fields["text"]}
        response = self.session.post(f"{self.base_url}/notes", json=note, timeout=TIMEOUT)
        return Delivered("noted", reference=str(json_object(response).get("id", "")))
