"""Stop all sends, and let them go on: the one thing that the console does rather than shows."""

from __future__ import annotations

from flask import g, redirect
from werkzeug.wrappers import Response as AnyResponse

from core.errors import BadRequest
from webhooks.api.control import LONGEST_REASON, read_reason
from webhooks.console.page import render
from webhooks.services import Services


class Stopping:
    """Asks first, on a page of its own; its forms carry the session's token, which the guard has seen."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def stop(self) -> AnyResponse:
        """Ask whether to stop all sends, or while they are stopped whether to let them go on."""
        return self._page()

    def stop_sends(self) -> AnyResponse:
        """Stop all sends, as POST /api/stop does."""
        try:
            reason = read_reason(g.form.get("reason"))
        except BadRequest as problem:
            return self._page(problem.message, 400)
        self.services.control.stop(reason or "by the console")
        return redirect("stop", 303)

    def let_go_on(self) -> AnyResponse:
        """Let everything leave again, as DELETE /api/stop does."""
        self.services.control.go_on()
        return redirect("stop", 303)

    def _page(self, problem: str = "", status: int = 200) -> AnyResponse:
        counts = self.services.reader.counts()
        waiting = sum(counts.get(f"deliveries.{one}", 0) for one in ("scheduled", "retrying"))
        return render(
            self.services, "stop.html", status, problem=problem, waiting=waiting, longest=LONGEST_REASON
        )
