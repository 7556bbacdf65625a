"""What the API needs to tell what failed, and to read it again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from core.errors import Busy
from core.pipeline.replaying import Replayed
from core.ports import Aside
from core.ports.verdict import HeldRequest, RequestRow, SenderRow


class ReplayPort(Protocol):
    """Reads again what had no effect."""

    def run(self, wanted: Aside, *, is_dry_run: bool) -> Replayed:
        """Let what is wanted act as far as it can now, and tell what came of each."""


class NoReplays:
    """Reads nothing again: for an app without a store behind it."""

    def run(self, wanted: Aside, *, is_dry_run: bool) -> Replayed:
        """Refuse."""
        raise Busy("Nothing is kept here.", hint="Ask the server that holds the store.")


class RequestPort(Protocol):
    """Keeps what became of the last requests of each sender."""

    def note(self, row: RequestRow) -> None:
        """Keep a request."""

    def hold(self, request: HeldRequest) -> None:
        """Keep a request whole that was not believed."""

    def held(self, *, name: str = "", ids: Collection[str] = ()) -> list[HeldRequest]:
        """Give what is held, the first to come first."""

    def let_go(self, request: HeldRequest) -> None:
        """Forget a request that was taken since."""

    def requests(
        self, *, name: str = "", verdicts: Iterable[str] = (), since: int | None = None, limit: int
    ) -> list[RequestRow]:
        """Give requests, the newest first."""

    def senders(self) -> list[SenderRow]:
        """Give every sender that was ever heard."""


class NoRequests:
    """Keeps none: for an app without a store behind it."""

    def note(self, row: RequestRow) -> None:
        """Keep nothing."""

    def hold(self, request: HeldRequest) -> None:
        """Keep nothing."""

    def held(self, *, name: str = "", ids: Collection[str] = ()) -> list[HeldRequest]:
        """Give none."""
        return []

    def let_go(self, request: HeldRequest) -> None:
        """Have nothing to forget."""

    def requests(
        self, *, name: str = "", verdicts: Iterable[str] = (), since: int | None = None, limit: int
    ) -> list[RequestRow]:
        """Give none."""
        return []

    def senders(self) -> list[SenderRow]:
        """Give none."""
        return []
