"""The four answers of a destination, each with a reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination accepted it; ``reference`` is its own id for it, when it gives one.

    ``is_final`` says that it reached the person: nothing that is heard later changes it.
    """

    reason: str = ""
    reference: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not done, and safe to try again; ``until`` (ms) when the destination named a time.

    ``throttled`` says that the destination is alive and only asks us to slow down: breakers ignore it.
    ``pause`` says that nothing will succeed until an operator acts (a wrong key). ``may_have_arrived`` says that the
    answer was lost, where a second send is harmless: nothing else may take its place. ``alone`` says that it is about
    this delivery and nothing else (a record that is locked): the destination is well. With ``pause`` it is about the
    action (a right that is missing): the others go on.
    """

    reason: str
    until: int | None = None
    throttled: bool = False
    pause: bool = False
    may_have_arrived: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The destination refused it for good; ``opted_out``: because the person told it to write no more."""

    reason: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer was lost and a second send could double it."""

    reason: str


Outcome = Delivered | RetryLater | Rejected | Unknown
