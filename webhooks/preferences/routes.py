"""The pages behind a message's links. Looking changes nothing, for scanners follow links; only a button does."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from core.engine import Profile, decode
from core.engine.consent import standing
from core.engine.event import ConsentStatement
from core.errors import NotFound, OperatorError, SenderError
from webhooks.preferences.choice import changes, choices, nothing_more
from webhooks.preferences.link import Holder
from webhooks.preferences.page import harden, render
from webhooks.services import Services

#: What a mail program sends for its own button (RFC 8058).
ONE_CLICK = "List-Unsubscribe"

log = structlog.get_logger()


def preference_routes(services: Services) -> Blueprint:
    """Give the pages; whoever holds a link needs no sign-in and no cookie."""
    routes = Blueprint("preferences", __name__)
    pages = Pages(services)
    for path, view, name in (
        ("/u/<token>", pages.unsubscribe, "unsubscribe"),
        ("/preferences/<token>", pages.preferences, "preferences"),
    ):
        routes.add_url_rule(path, name, view, methods=["GET", "POST"])
    routes.after_request(harden)
    answer_with_pages(routes)
    return routes


class Pages:
    """Shows what a person agreed to, and takes what they say."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def unsubscribe(self, token: str) -> Response:
        """Ask whether to unsubscribe; do it when asked to."""
        holder, profile = self.known(token, "unsubscribe_url")
        purpose = self.services.rules().purposes.get(holder.purpose)
        is_due = purpose is not None and not purpose.consent_required
        is_done = request.method == "POST" and not is_due
        if is_done:
            self.withdraw(holder, profile)
        other = self.services.person_links.token(holder, "preferences_url")
        return render(
            "unsubscribe.html",
            is_done=is_done,
            is_due=is_due,
            purpose=holder.purpose,
            channel=holder.channel,
            token=other,
        )

    def withdraw(self, holder: Holder, profile: Profile) -> None:
        """Withdraw the purpose from the channel of the message, unless that is so already."""
        held = standing(profile, holder.purpose, holder.channel)
        if held is None or held.granted:
            is_one_click = request.form.get(ONE_CLICK) == "One-Click"
            statement = ConsentStatement(holder.purpose, holder.channel, False)
            self.state(profile, (statement,), "one_click" if is_one_click else "unsubscribe")

    def preferences(self, token: str) -> Response:
        """Show all that can be chosen, or keep what was."""
        _, profile = self.known(token, "preferences_url")
        is_saved = request.method == "POST"
        if is_saved:
            shown = choices(self.services.rules(), profile)
            was, wanted = set(request.form.getlist("was")), set(request.form.getlist("on"))
            is_end = "nothing" in request.form
            said = nothing_more(shown) if is_end else changes(shown, was, wanted)
            self.state(profile, said, "preferences")
            _, profile = self.known(token, "preferences_url")
        rules = self.services.rules()
        always = sorted(one.name for one in rules.purposes.values() if not one.consent_required)
        return render("preferences.html", is_saved=is_saved, choices=choices(rules, profile), always=always)

    def known(self, token: str, name: str) -> tuple[Holder, Profile]:
        """Give whom a link is for; one that was changed, and one of somebody who is gone, look the same."""
        holder = self.services.person_links.read(token, name)
        state = self.services.reader.profile(holder.profile_id) if holder else None
        if holder is None or state is None:
            raise NotFound("This link does not work.", hint="Open the one in a newer message.")
        return holder, decode(state)

    def state(self, profile: Profile, said: tuple[ConsentStatement, ...], page: str) -> None:
        """Record statements with where they were made."""
        if said:
            self.services.preferences.prefer(profile.id, said, {"page": page})


def answer_with_pages(routes: Blueprint) -> None:
    """Turn every error of these routes into a page."""

    def refused(error: SenderError) -> Response:
        return render("error.html", error.status, what="gone" if isinstance(error, NotFound) else "failed")

    def unavailable(error: OperatorError) -> Response:
        log.error("preferences_not_stored", code=error.code, reason=error.message)
        return render("error.html", 503, what="failed")

    def of_framework(error: HTTPException) -> Response:
        return render("error.html", error.code or 500, what="failed")

    def bug(error: Exception) -> Response:
        log.error("preferences_failed", exc_info=getattr(error, "original_exception", None) or error)
        return render("error.html", 500, what="failed")

    routes.register_error_handler(SenderError, refused)
    routes.register_error_handler(OperatorError, unavailable)
    routes.register_error_handler(HTTPException, of_framework)
    routes.register_error_handler(500, bug)
