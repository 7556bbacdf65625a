"""The pages themselves: the live view, a person, and one page for each event, decision and delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from core.engine.profile import decode
from core.errors import NotFound
from core.ports import Filter
from webhooks.api.query import read_status
from webhooks.api.stops import delivery_of, stops_of
from webhooks.console.page import link, render
from webhooks.console.person import People
from webhooks.console.stream import KINDS, STATUSES_OF, entries, newest_first, read_stream
from webhooks.services import Services

#: Rows of the live view, and of a person's timeline.
ROWS = 60

ALL_STATUSES = tuple(dict.fromkeys(status for one in STATUSES_OF.values() for status in one))


class Views:
    """Answer from the last commit, as the API does."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def live(self) -> AnyResponse:
        """Show what happens, newest first, narrowed as asked."""
        people = People(self.services)
        asked = {
            name: request.args.get(name, "").strip() for name in ("kind", "trigger", "status", "profile")
        }
        kind = asked["kind"] if asked["kind"] in KINDS else ""
        found = people.find(asked["profile"]) if asked["profile"] else []
        is_nobody = bool(asked["profile"]) and not found
        narrow = Filter(
            profile=found[0] if found else "",
            trigger=asked["trigger"],
            status=read_status(asked["status"], STATUSES_OF.get(kind, ALL_STATUSES)),
            limit=ROWS,
            cursor=request.args.get("cursor", ""),
        )
        return self._page(
            "live.html",
            people,
            asked=asked | {"kind": kind},
            narrow=narrow,
            is_nobody=is_nobody,
            polls=not (narrow.cursor or is_nobody),
            person=people.named(found[0]) if found else None,
            stream=None if is_nobody else read_stream(self.services.reader, narrow, kind),
            counts=self.services.reader.counts(),
            triggers=sorted({*self.services.rules().triggers, *filter(None, (asked["trigger"],))}),
            statuses=STATUSES_OF.get(kind, ALL_STATUSES),
        )

    def person(self) -> AnyResponse:
        """Show one person: identifiers and how they joined, traits, consent, timeline."""
        profile_id, people, reader = self._id(), People(self.services), self.services.reader
        state = reader.profile(profile_id)
        if state is None:
            raise NotFound(
                "Nobody here has this id.", hint="Search by an e-mail address or another identifier."
            )
        profile = decode(state)
        if profile.id != profile_id:
            return redirect(link("person", profile.id), 303)
        return self._page(
            "person.html",
            people,
            polls=True,
            profile=profile,
            person=people.named(profile.id),
            log=list(reversed(reader.links(profile.id))),
            stream=read_stream(reader, Filter(profile=profile.id, limit=ROWS)),
        )

    def event(self) -> AnyResponse:
        """Show one event with everything that came of it."""
        reader = self.services.reader
        row = reader.event(self._id())
        if row is None:
            raise NotFound("No event here has this id.", hint="Events carry the sender's own message id.")
        decisions = reader.decisions_of_event(row.id)
        deliveries = reader.deliveries_of([one.id for one in decisions]) if decisions else []
        after = newest_first(entries([*decisions, *deliveries]))
        return self._page("event.html", People(self.services), polls=True, row=row, after=after)

    def decision(self) -> AnyResponse:
        """Show one decision, gate by gate, with its deliveries."""
        reader = self.services.reader
        row = reader.decision(self._id())
        if row is None:
            raise NotFound(
                "No decision here has this id.", hint="Those that were not met are kept for 7 days."
            )
        trigger = self.services.rules().triggers.get(row.trigger)
        stopped = delivery_of(reader, row)
        deliveries = [stopped] if stopped else reader.deliveries_of([row.id])
        return self._page(
            "decision.html",
            People(self.services),
            polls=True,
            row=row,
            title=trigger.title if trigger else "",
            is_known=trigger is not None,
            event=reader.event(row.event_id),
            after=entries([*deliveries, *([] if stopped else stops_of(reader, deliveries))]),
        )

    def delivery(self) -> AnyResponse:
        """Show one delivery with its attempts and what it says."""
        row = self.services.reader.delivery(self._id())
        if row is None:
            raise NotFound("No delivery here has this id.", hint="Each decision's page lists its deliveries.")
        reader = self.services.reader
        decision, stops = reader.decision(row.decision_id), stops_of(reader, [row])
        return self._page(
            "delivery.html", People(self.services), polls=True, row=row, decision=decision, stops=stops
        )

    def consent(self) -> AnyResponse:
        """Show a person's ledger of consent, newest first."""
        people, state = People(self.services), self.services.reader.profile(self._id())
        if state is None:
            raise NotFound("Nobody here has this id.", hint="Search by an identifier.")
        person = people.named(decode(state).id)
        narrow = Filter(profile=person.id, limit=ROWS, cursor=request.args.get("cursor", ""))
        page = self.services.reader.consent_log(narrow)
        return self._page("consent.html", people, person=person, entries=page.rows, next=page.next)

    def search(self) -> AnyResponse:
        """Find whatever a text leads to, and go there at once when that is one thing only."""
        text, people = request.args.get("q", "").strip(), People(self.services)
        found = self._found(text, people) if text else []
        if len(found) == 1:
            return redirect(found[0]["href"], 303)
        return self._page("search.html", people, text=text, found=found)

    def nothing(self, rest: str) -> AnyResponse:
        """Say that there is no such page."""
        raise NotFound("There is no such page.", hint="The live view leads everywhere.")

    def _found(self, text: str, people: People) -> list[Mapping[str, str]]:
        reader = self.services.reader
        found = [
            {"kind": "person", "href": link("person", one), "name": people.named(one).name}
            for one in people.find(text)
        ]
        for kind, row in (
            ("event", reader.event(text)),
            ("decision", reader.decision(text)),
            ("delivery", reader.delivery(text)),
        ):
            if row is not None:
                found.append({"kind": kind, "href": link(kind, text), "name": text})
        return list(found)

    def _id(self) -> str:
        return request.args.get("id", "")

    def _page(self, template: str, people: People, **context: Any) -> Response:
        return render(self.services, template, people=people, **context)
