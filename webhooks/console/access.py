"""Sign in by a one-time link or by the API key, sign out, and let nobody else in."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from core.errors import BadRequest
from webhooks.console.link import EXPIRED, OPENED, UNKNOWN, USED
from webhooks.console.page import PART, render, root
from webhooks.console.session import COOKIE, SESSION_SPAN, Sessions
from webhooks.receiver import read_body
from webhooks.services import Services
from webhooks.signatures import is_accepted

#: What may be seen without a session: the way in, and files that hold nothing of anybody.
OPEN = frozenset(("console.door", "console.show_sign_in", "console.sign_in", "console.static"))

WORDS = {
    USED: ("This link has been used.", 410),
    EXPIRED: ("This link is older than 15 minutes.", 410),
    UNKNOWN: ("This link is not known here: it is cut short, or the server has restarted since.", 401),
}

#: What a browser calls a request that this site's own pages, or the person at the keyboard, caused.
OWN_SITES = ("", "same-origin", "none")


class Access:
    """The door of the console."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.sessions = Sessions(services.session_keys)

    def routes(self, routes: Blueprint) -> None:
        """Add the door's own routes, and the guard before all others."""
        routes.add_url_rule("", "door", lambda: redirect("console/", 303))
        routes.add_url_rule("/signin", "show_sign_in", self.show_sign_in)
        routes.add_url_rule("/signin", "sign_in", self.sign_in, methods=["POST"])
        routes.add_url_rule("/signout", "sign_out", self.sign_out, methods=["POST"])
        routes.before_request(self.guard)

    def guard(self) -> AnyResponse | None:
        """Send whoever is not signed in to the way in; refuse forms of other sites."""
        cookie = request.cookies.get(COOKIE, "")
        g.session = self.sessions.read(cookie, self.services.clock.now()) if cookie else None
        if request.endpoint in OPEN:
            return None
        if g.session is None:
            # A page that updates itself learns that it is signed out, not what the way in looks like.
            return (
                Response(status=401)
                if PART in request.headers
                else redirect(f"{root(self.services)}signin", 303)
            )
        # Read once: the page that it is for finds it there.
        g.form = self._form() if request.method in ("POST", "PUT", "PATCH", "DELETE") else {}
        if request.method not in ("GET", "HEAD", "OPTIONS") and not self._is_own_form():
            return render(
                self.services,
                "error.html",
                403,
                title="This form is not from here.",
                hint="Load the page anew, then try again.",
            )
        return None

    def show_sign_in(self) -> AnyResponse:
        """Show the way in, or go in by a link; looking at its head does not use it up."""
        token = request.args.get("token", "")
        if not token or request.method == "HEAD":
            return self._page()
        outcome = self.services.links.redeem(token, self.services.clock.now())
        if outcome == OPENED:
            return self._enter()
        problem, status = WORDS[outcome]
        return self._page(problem, status)

    def sign_in(self) -> AnyResponse:
        """Go in by the API key."""
        if request.headers.get("Sec-Fetch-Site", "") not in OWN_SITES:
            return self._page("This form is not from here.", 403)
        if is_accepted(self.services.api_keys, self._form().get("key", "").strip()):
            return self._enter()
        return self._page("This is not the API key.", 401)

    def sign_out(self) -> AnyResponse:
        """End the session, here and in the browser."""
        self.sessions.end(g.session, self.services.clock.now())
        answer = redirect("signin", 303)
        answer.delete_cookie(COOKIE, path=None, httponly=True, samesite="Lax")
        return answer

    def _enter(self) -> AnyResponse:
        answer = redirect("./", 303)
        answer.set_cookie(
            COOKIE,
            self.sessions.begin(self.services.clock.now()),
            max_age=SESSION_SPAN // 1_000,
            path=None,  # the browser's default is the folder of this address, right under any prefix
            secure=self.services.public_url.startswith("https:"),
            httponly=True,
            samesite="Lax",
        )
        return answer

    def _page(self, problem: str = "", status: int = 200) -> Response:
        return render(self.services, "signin.html", status, problem=problem)

    def _is_own_form(self) -> bool:
        return self.sessions.is_own_form(g.session, g.form.get("csrf", ""))

    def _form(self) -> dict[str, str]:
        body = read_body(request.environ, self.services.limits.callback)
        try:
            return dict(parse_qsl(body.decode(), max_num_fields=20))
        except ValueError as error:
            raise BadRequest("This is not a form.", field="body", hint="Use the page's own form.") from error
