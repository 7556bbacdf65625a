"""Read what is stored: lists, newest first, and one profile by any of its identifiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import Response

from core.engine.decision import FIRED, HELD, NOT_MET, SUPPRESSED
from core.engine.mapping import normalise
from core.errors import BadRequest, NotFound
from core.ports import Filter, Page, Status
from webhooks.answers import json_answer
from webhooks.api.person import person_shape
from webhooks.api.query import read_args, read_filter, read_limit, read_since, read_status
from webhooks.api.shapes import decision_shape, delivery_shape, event_shape, link_shape
from webhooks.services import Services

EVENT_STATUSES = ("applied", "duplicate", "set_aside", "echo", "ignored")
OUTCOMES = (FIRED, HELD, SUPPRESSED, NOT_MET)
KINDS = ("linked", "merged", "shared_device", "over_limit", "split", "kept_apart")
STATUSES = tuple(status.value for status in Status)


class Reading:
    """Answer questions from the last commit."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def events(self) -> Response:
        """List events."""
        return self.page_of("events", event_shape, self.services.reader.events, statuses=EVENT_STATUSES)

    def decisions(self) -> Response:
        """List decisions; the status of a decision is its outcome."""
        return self.page_of("decisions", decision_shape, self.services.reader.decisions, statuses=OUTCOMES)

    def deliveries(self) -> Response:
        """List deliveries."""
        read = self.services.reader.deliveries
        return self.page_of("deliveries", delivery_shape, read, statuses=STATUSES, more=("destination",))

    def profile(self, namespace: str, value: str) -> Response:
        """Show the profile that holds this identifier now."""
        read_args(())
        _, state = self.held(namespace, value)
        return json_answer(person_shape(self.services, state))

    def merges(self, namespace: str, value: str) -> Response:
        """List how a person's identifiers came together, and what was kept apart, newest first."""
        given = read_args(("status", "since", "limit", "cursor"))
        profile_id, _ = self.held(namespace, value)
        narrow = Filter(
            profile=profile_id,
            status=read_status(given.get("status", ""), KINDS),
            since=read_since(given.get("since", "")),
            limit=read_limit(given.get("limit", "")),
            cursor=given.get("cursor", ""),
        )
        page = self.services.reader.identity_log(narrow)
        return json_answer({"merges": [link_shape(row) for row in page.rows], "next": page.next})

    def held(self, namespace: str, value: str) -> tuple[str, bytes]:
        """Give the id and the bytes of whoever holds an identifier."""
        profile_id = self.owner(namespace, value)
        state = self.services.reader.profile(profile_id) if profile_id else None
        if profile_id is None or state is None:
            raise NotFound("Nobody here has this identifier.", field=namespace, hint=known(self.namespaces()))
        return profile_id, state

    def page_of(
        self,
        name: str,
        shape: Callable[[Any], dict[str, Any]],
        read: Callable[[Filter], Page],
        *,
        statuses: Sequence[str],
        more: Sequence[str] = (),
    ) -> Response:
        """Give one page of a list."""
        narrow = read_filter(statuses, more)
        if narrow.profile:
            profile_id = self.profile_id(narrow.profile)
            if profile_id is None:
                return json_answer({name: [], "next": None})
            narrow = replace(narrow, profile=profile_id)
        page = read(narrow)
        return json_answer({name: [shape(row) for row in page.rows], "next": page.next})

    def profile_id(self, text: str) -> str | None:
        """Find a profile by its id, or by ``namespace:value``."""
        namespace, colon, value = text.partition(":")
        if not colon:
            return text
        if namespace not in self.namespaces():
            raise BadRequest("profile names no namespace.", field="profile", hint=known(self.namespaces()))
        return self.owner(namespace, value)

    def owner(self, namespace: str, value: str) -> str | None:
        """Find who holds an identifier, spelled as the identity rules spell it."""
        spelled = normalise({namespace: value}, self.services.rules().identity)
        return self.services.reader.owner(*spelled[0]) if spelled else None

    def namespaces(self) -> list[str]:
        """Name the namespaces of the identity rules."""
        return [rule.namespace for rule in self.services.rules().identity.identifiers]


def known(namespaces: Sequence[str]) -> str:
    """Word the hint for who asks for somebody by what is no identifier here."""
    return f"identity.yaml has {', '.join(namespaces)}."
