"""People as the pages name them, and how to find one by whatever is known of him."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from core.engine.mapping import normalise
from core.engine.profile import Trait
from webhooks.console.wording import clipped, short
from webhooks.services import Services

#: A name longer than this would push everything else off the line.
NAME_LENGTH = 60


class Face(msgspec.Struct):
    """The part of a profile that tells who it is; the rest is not even decoded."""

    id: str
    identifiers: dict[str, dict[str, Any]] = {}
    traits: dict[str, Trait] = {}


_decoder = msgspec.msgpack.Decoder(Face)


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is in a list."""

    id: str
    name: str


class People:
    """Looks people up, each once for one page."""

    def __init__(self, services: Services) -> None:
        self._reader = services.reader
        self._rules = services.rules()
        self._known: dict[str, Person] = {}

    @property
    def namespaces(self) -> list[str]:
        """Name the identity rules' namespaces, strongest first."""
        return [rule.namespace for rule in self._rules.identity.identifiers]

    def named(self, profile_id: str) -> Person:
        """Name the person whom an id stands for now."""
        if profile_id not in self._known:
            state = self._reader.profile(profile_id)
            self._known[profile_id] = (
                self.of(_decoder.decode(state)) if state else Person(profile_id, short(profile_id))
            )
        return self._known[profile_id]

    def of(self, face: Face) -> Person:
        """Name a person by traits, else by the strongest identifier that reads well."""
        traits = {name: trait.value for name, trait in face.traits.items() if isinstance(trait.value, str)}
        full = " ".join(traits[part] for part in ("first_name", "last_name") if traits.get(part))
        held = [
            next(iter(face.identifiers[ns])) for ns in ("email", *self.namespaces) if face.identifiers.get(ns)
        ]
        name = next((text for text in (full, traits.get("name"), *held) if text), short(face.id))
        return Person(face.id, clipped(name, NAME_LENGTH))

    def find(self, text: str) -> list[str]:
        """Give the ids of whoever ``namespace:value``, a value alone or a profile's id leads to."""
        namespace, colon, value = text.partition(":")
        asked = [(namespace, value)] if colon and namespace in self.namespaces else []
        asked = asked or [(ns, text) for ns in self.namespaces]
        owners = [self._owner(ns, one.strip()) for ns, one in asked]
        if self._reader.profile(text):
            owners.append(self.named(text).id)
        return _once(owner for owner in owners if owner)

    def _owner(self, namespace: str, value: str) -> str | None:
        spelled = normalise({namespace: value}, self._rules.identity)
        return self._reader.owner(*spelled[0]) if spelled else None


def _once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
