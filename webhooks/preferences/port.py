"""What the pages need from outside themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from core.engine.event import ConsentStatement
from core.errors import Busy


class PreferencePort(Protocol):
    """Takes what people say by the links of their messages."""

    def prefer(
        self, profile_id: str, statements: tuple[ConsentStatement, ...], evidence: Mapping[str, str]
    ) -> str:
        """Record statements, and give the id of the event they became; raises NotFound for who is gone."""


class NoPreferences:
    """Takes none: for an app without a store behind it."""

    def prefer(
        self, profile_id: str, statements: tuple[ConsentStatement, ...], evidence: Mapping[str, str]
    ) -> str:
        """Refuse."""
        raise Busy("Nothing is recorded here.", hint="Ask the server that holds the store.")
