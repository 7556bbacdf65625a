"""What one route is, as data: its method, who may call it, what it takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Names of the ways to prove who calls; sources add their own.
KEY, TWILIO, OPEN = "apiKey", "twilioSignature", ""

#: What a route that takes events may answer beside success.
INTAKE = (400, 401, 413, 415, 503)


@dataclass(frozen=True, slots=True)
class Access:
    """One way to prove who calls: its name, its word on the page, and OpenAPI's scheme.

    ``is_optional``: the proof may also stand where OpenAPI cannot say it, such as in the body.
    """

    name: str
    label: str
    scheme: Mapping[str, str]
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a route, of the kind ``query``, ``path`` or ``header``."""

    name: str
    place: str
    help: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: who may call it (any of several ways), what it takes and what it answers.

    ``refusal`` is the shape of its errors, where a vendor's clients read another one than ours.
    """

    method: str
    path: str
    help: str
    access: str | tuple[str, ...] = KEY
    takes: str = ""
    gives: str = ""
    status: int = 200
    refuses: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    takes_type: str = "application/json"
    gives_type: str = "application/json"
    refusal: str = "Error"

    @property
    def ways(self) -> tuple[str, ...]:
        """Give the names of the ways in; none means that the route is open."""
        ways = (self.access,) if isinstance(self.access, str) else self.access
        return tuple(way for way in ways if way)
