"""Requests that a file describes: how one is made of an action's fields, and how its answer is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.engine.formula import Formula
from core.engine.scope import Scope
from core.engine.value import Literal, Structure, Value
from core.ports.destination import DestinationSpec

#: The key under which a mapping takes over another one.
MERGE = "..."

POST, GET = Literal("POST"), Literal("GET")


@dataclass(frozen=True, slots=True)
class Merged(Structure):
    """A map whose own parts are laid over those of another one."""

    base: Value

    def evaluate(self, scope: Scope) -> Any:
        """Evaluate both; a base that is no map adds nothing."""
        base = self.base.evaluate(scope)
        return {**(base if isinstance(base, dict) else {}), **Structure(self.parts).evaluate(scope)}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request in the making; of a path that is a list, each part becomes one step, whatever it holds."""

    method: Value = POST
    path: Value | None = None
    query: Value | None = None
    headers: Value | None = None
    json: Value | None = None
    form: Value | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """How the answer to several deliveries in one request tells of each, in their order."""

    found: Formula
    success: Formula
    retry: Formula | None = None
    reason: Formula | None = None
    reference: Formula | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer means where its status does not say it; the first of the conditions that holds counts.

    ``refresh`` says that the token is over, ``throttled`` that less may be asked, ``pause`` that an operator must act,
    ``retry`` that it was not done. ``success`` is asked of a 2xx alone.
    """

    refresh: Formula | None = None
    throttled: Formula | None = None
    pause: Formula | None = None
    retry: Formula | None = None
    success: Formula | None = None
    reason: Formula | None = None
    reference: Formula | None = None
    items: Items | None = None


@dataclass(frozen=True, slots=True)
class LookUp:
    """What is asked before the send: its answer is ``lookup`` in the request, kept for ``cache`` milliseconds.

    Without ``otherwise``, a look-up that fails keeps the delivery waiting.
    """

    ask: Ask
    gives: Formula | None = None
    otherwise: Value | None = None
    cache: int = 0
    timeout: int = 2_000


@dataclass(frozen=True, slots=True)
class Described:
    """What one action sends; ``row`` is what each delivery adds to a request of several."""

    ask: Ask
    answer: Answer = field(default_factory=Answer)
    row: Value | None = None
    look_up: LookUp | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is asked for, kept while it lasts, and asked for anew when the vendor says that it is over."""

    ask: Ask
    value: Formula
    lasts: Formula | None = None


@dataclass(frozen=True, slots=True)
class Auth:
    """How requests prove themselves: headers, a user with a password, or a token that is set or asked for."""

    headers: Value | None = None
    user: Value | None = None
    password: Value | None = None
    bearer: Value | None = None
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a described destination; ``default`` is None where there must be a value."""

    name: str
    help: str
    is_secret: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of destination that a file describes.

    ``has_url`` where one secret address is all that there is; ``signed`` where requests are as Standard Webhooks.
    """

    spec: DestinationSpec
    settings: tuple[Setting, ...]
    auth: Auth = field(default_factory=Auth)
    has_url: bool = False
    signed: bool = False
