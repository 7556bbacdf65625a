"""Segment: what was decided, and what is known of people, sent back into a workspace as a source of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from connectors.base import Destination, action
from connectors.value import plain_text
from core.engine.instant import read_time
from core.engine.own import HOPS, IDS, NAME
from core.engine.telling import Hears
from core.ports import Delivered, DeliveryRow, FieldSpec, Outcome, Rejected, Repeats, Unknown
from core.secret import Secret

if TYPE_CHECKING:
    import requests

PERSON = (
    FieldSpec("user_id", "The person's id in Segment, usually the user_id."),
    FieldSpec("anonymous_id", "The id of somebody who is not known by a user_id."),
)
COMMON = (
    FieldSpec("timestamp", "When it happened, as ISO text; else when the delivery was made."),
    FieldSpec("context", "A map that goes with the call."),
    FieldSpec("integrations", "A map of Segment's destinations to true or false; else all of them."),
)
EVENT = (
    FieldSpec("event", "The name of the event in Segment."),
    FieldSpec("properties", "A map of properties of the event."),
)
TRAITS = FieldSpec("traits", "A map of traits: computed ones, segments as true or false, anything known.")
GROUP = FieldSpec("group_id", "The id of the company or other group the person belongs to.")

#: How a source knows again what we sent: every call's context says so, and every message id begins so.
ORIGIN = {"name": NAME}
LONGEST_ID = 100

#: Calls in one request: at 32 KB each, which the library checks, they stay below Segment's 500 KB.
BATCH = 15


class SegmentOut(Destination):
    """Send calls into Segment, as its own clients do."""

    title = "Segment"
    hears = Hears("identify", "traits", "track", "event", "properties", ("user_id", "anonymous_id"))

    @dataclass(frozen=True)
    class Settings:
        """What an operator sets for Segment."""

        write_key: Secret  #: Write key of a source in Segment that is Cuewire's alone.
        base_url: str = "https://api.segment.io"  #: For EU workspaces https://events.eu1.segmentapis.com.

    def connect(self) -> None:
        """Open one session for all threads, and have Segment's library write the calls.

        It does not send them: its queue loses what does not fit, and its requests follow redirects with the key.
        """
        from segment.analytics.client import Client  # heavy: imported on first use

        from connectors.transport import open_session

        key = self.settings.write_key.reveal()
        self.client = Client(key, send=False, sync_mode=True)
        self.session = open_session(self.base_url)
        self.session.auth = (key, "")

    @action(repeats=Repeats.KEYED, fields=(*EVENT, *PERSON, *COMMON), requires=("event",), batch=BATCH)
    def track(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Send an event of a person."""
        return self._send(batch, self.client.track, event_arguments)

    @action(repeats=Repeats.KEYED, fields=(TRAITS, *PERSON, *COMMON), requires=("traits",), batch=BATCH)
    def identify(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Tell what is known of a person."""
        return self._send(batch, self.client.identify, traits_arguments)

    @action(
        repeats=Repeats.KEYED, fields=(GROUP, TRAITS, *PERSON, *COMMON), requires=("group_id",), batch=BATCH
    )
    def group(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Tell which company or other group a person belongs to."""
        return self._send(batch, self.client.group, group_arguments)

    def refusal(self, delivery: DeliveryRow) -> str:
        """Refuse what Segment would drop, for it answers success all the same."""
        fields = delivery.fields
        if not any(fields.get(spec.name) for spec in PERSON):
            return "one of the fields user_id, anonymous_id must name the person"
        for name in ("properties", "traits", "context", "integrations"):
            if not isinstance(fields.get(name, {}), Mapping | None):
                return f"the field {name} is not a map"
        if fields.get("timestamp") and read_time(fields["timestamp"]) is None:
            return "the field timestamp is not a time as ISO text, such as 2026-03-02T10:00:00Z"
        return ""

    def _send(
        self,
        batch: Sequence[DeliveryRow],
        write: Callable[..., tuple[bool, dict[str, Any]]],
        arguments: Callable[[Mapping[str, Any]], dict[str, Any]],
    ) -> list[Outcome]:
        """Write each call; what cannot be written costs the others nothing."""
        outcomes: list[Outcome | None] = []
        calls = []
        for delivery in batch:
            try:
                _, call = write(**arguments(delivery.fields), **common_arguments(delivery))
            except RuntimeError:  # what the library raises above the size that Segment takes
                outcomes.append(Rejected("the call is larger than the 32 KB that Segment takes"))
            else:
                outcomes.append(None)
                calls.append(call)
        sent = iter(self._post(calls) if calls else ())
        return [next(sent) if outcome is None else outcome for outcome in outcomes]

    def _post(self, calls: list[dict[str, Any]]) -> list[Outcome]:
        """Send calls in one request, and one by one where Segment refuses them together."""
        from requests import RequestException  # slow to import

        from connectors.transport import TIMEOUT

        body = {"batch": calls, "sentAt": as_time(self.clock.now()).isoformat(timespec="milliseconds")}
        try:
            response = self.session.post(f"{self.base_url}/v1/batch", json=body, timeout=TIMEOUT)
        # Whatever one of them meets, the others were sent or not all the same.
        except RequestException as error:
            if len(calls) > 1 and is_about_one(error):
                return [self._post([call])[0] for call in calls]
            return [self.read_error(error)] * len(calls)
        return [read_answer(response, call["messageId"]) for call in calls]


def read_answer(response: requests.Response, message_id: str) -> Outcome:
    """Say what an answer 2xx means; only a page of HTML is surely not Segment's."""
    from connectors.transport import json_object

    if response.text.lstrip().startswith("<"):
        return Unknown("Segment gave an answer that is a page of HTML")
    if json_object(response).get("success") is False:
        return Rejected("Segment refused it without saying why")
    return Delivered("accepted", reference=message_id)


def is_about_one(error: requests.RequestException) -> bool:
    """Say whether one call of several may have spoilt the request."""
    from requests.exceptions import InvalidJSONError  # slow to import

    status = error.response.status_code if error.response is not None else 0
    return status in (400, 413) or isinstance(error, InvalidJSONError)


def event_arguments(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the library's track takes."""
    return {"event": str(fields["event"]), "properties": dict(fields.get("properties") or {})}


def traits_arguments(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the library's identify takes."""
    return {"traits": dict(fields.get("traits") or {})}


def group_arguments(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the library's group takes."""
    return {"group_id": plain_text(fields["group_id"]), **traits_arguments(fields)}


def common_arguments(delivery: DeliveryRow) -> dict[str, Any]:
    """Give what every call has: the person, the time, the mark that it is ours, and the same id at each try."""
    fields = delivery.fields
    return {
        "user_id": identifier(fields.get("user_id")),
        "anonymous_id": identifier(fields.get("anonymous_id")),
        # A time without a zone is UTC, which Segment's library would guess.
        "timestamp": read_time(fields.get("timestamp")) or as_time(delivery.created_at),
        "context": {
            **(fields.get("context") or {}),
            "integration": ORIGIN,
            NAME: {HOPS: delivery.hops},
        },
        "integrations": dict(fields.get("integrations") or {}),
        "message_id": message_id(delivery.id),
    }


def message_id(delivery_id: str) -> str:
    """Derive the id by which Segment knows a second try; it takes no more than 100 characters."""
    made = IDS + delivery_id
    return made if len(made) <= LONGEST_ID else IDS + sha256(delivery_id.encode()).hexdigest()


def identifier(value: object) -> str | None:
    """Write an id as text; none where there is none."""
    return plain_text(value) if value not in (None, "") else None


def as_time(at: int) -> datetime:
    """Write milliseconds as a time in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)
