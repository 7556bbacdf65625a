"""One mParticle batch, incoming or outgoing shape, in Segment's spelling."""

from __future__ import annotations

from typing import Any, NamedTuple

from core.errors import BadRequest
from webhooks.sources.base import Call
from webhooks.sources.loose import (
    Object,
    a_list,
    a_map,
    derived_id,
    first_time,
    maps_in,
    number_of,
    present,
    text_of,
)
from webhooks.sources.mparticle.commerce import Told, read_commerce
from webhooks.sources.mparticle.names import CHANGES, name_of

#: A batch says at least one of these.
KEYS = (
    "events",
    "user_identities",
    "user_attributes",
    "deleted_user_attributes",
    "consent_state",
    "mpid",
    "mp_deviceid",
)

#: Parts of a batch that have a place of their own, and its keys.
ELSEWHERE = frozenset(("events", "user_attributes", "user_identities", "api_key", "api_keys"))

#: Whole numbers of 64 bits, which no float holds: they stay text.
IDS = ("mpid", "origin_mpid", "batch_id", "job_id", "event_id", "session_id")

#: What an advertising id reads when the person has switched it off.
NOBODY = "00000000-0000-0000-0000-000000000000"

#: Fields of an event that say how it was recorded, and not what happened.
RECORDING = frozenset(
    (
        "event_id",
        "event_num",
        "source_message_id",
        "message_id",
        "message_type",
        "session_id",
        "session_uuid",
        "session_start_unixtime_ms",
        "event_start_unixtime_ms",
        "timestamp_unixtime_ms",
        "location",
        "device_current_state",
        "custom_flags",
        "custom_event_type",
        "activity_type",
        "data_connection_type",
        "is_goal_defined",
        "lifetime_value_change",
        "lifetime_value_attribute_name",
        "view_controller",
        "is_main_thread",
        "canonical_name",
        "event_system_notification_info",
    )
)
OLD_IDENTITIES = {"customerid": "customer_id"}

#: Lists the attributes that the person no longer has.
DELETED = "deleted_user_attributes"


class Changes(NamedTuple):
    """What one event changes of the person: identities that come, attributes that go."""

    identities: dict[str, str]
    removed: tuple[str, ...]


class Batch:
    """What a batch says for all its events: the person, their consent, the device and the app."""

    def __init__(self, batch: Object) -> None:
        if not any(key in batch for key in KEYS):
            raise BadRequest(
                "This is no batch: it tells neither events nor a person.",
                field="events",
                hint=f"Send one of {', '.join(KEYS)}.",
            )
        self.identities = identities_of(batch.get("user_identities"))
        self.origin = text_of(batch.get("batch_id")) or text_of(batch.get("source_request_id"))
        self.received = batch.get("timestamp_unixtime_ms")
        self.traits = traits_of(batch.get("user_attributes"))
        self.context = context_of(batch, self.identities)
        self.is_history = False
        self.content = {key: value for key, value in batch.items() if key != "events"}

    def identify(self) -> Call:
        """Give the call of a batch without events: it changes what is known of the person."""
        key = (self.origin,) if self.origin else (self.content,)
        return self.call(
            {"type": "identify", "traits": self.traits},
            message_id=derived_id("batch", *key),
            timestamp=first_time([self.received]),
        )

    def read(self, event: Object, index: int) -> list[Call]:
        """Give the calls of one event, which stands at this place in the batch."""
        kind, data = text_of(event.get("event_type")), a_map(event.get("data"))
        if self.is_history and first_time([data.get("timestamp_unixtime_ms")]) is None:
            raise BadRequest("An event of the past needs its own time.", field="timestamp_unixtime_ms")
        if not kind:
            # mParticle's own words.
            raise BadRequest('Required event field "event_type" is missing or empty.', field="event_type")
        at = first_time([data.get("timestamp_unixtime_ms"), self.received])
        recording = {"event_type": kind} | {key: data[key] for key in RECORDING & data.keys()}
        changes = changed(kind, data)
        return [
            self.call(
                call,
                message_id=derived_id(*self.key_of(event, data, index), number),
                timestamp=at,
                recording=with_text_ids(recording),
                changes=changes,
            )
            for number, call in enumerate(calls_of(kind, data))
        ]

    def alias(self, request: Object) -> Call:
        """Give the call of an alias request: two of mParticle's own ids are one person."""
        told = a_map(request.get("data")) or request
        older, newer = text_of(told.get("source_mpid")), text_of(told.get("destination_mpid"))
        if not older or not newer:
            raise BadRequest("An alias request names two ids.", field="source_mpid")
        call = self.call(
            {"type": "alias", "previousId": older},
            message_id=derived_id("alias", text_of(request.get("request_id")), older, newer),
            timestamp=first_time([self.received]),
        )
        vendor = {**a_map(a_map(call["context"]).get("mparticle")), "mpid": newer}
        return {**call, "context": {**call["context"], "mparticle": vendor}}

    def call(
        self,
        call: Object,
        *,
        message_id: str,
        timestamp: Any,
        recording: Object | None = None,
        changes: Changes | None = None,
    ) -> Call:
        """Complete a call with what the batch says, and with what its event changes."""
        vendor = {**self.context["mparticle"], "event": recording or {}}
        traits = self.traits
        identities = self.identities
        if changes:
            identities = vendor["user_identities"] = {**identities, **changes.identities}
            vendor[DELETED] = [*vendor.get(DELETED, ()), *changes.removed]
            traits = {name: value for name, value in traits.items() if name not in changes.removed}
        context = {**self.context, "mparticle": vendor, "traits": traits}
        user = identities.get("customer_id")
        return {**call, "messageId": message_id, "timestamp": timestamp, "userId": user, "context": context}

    def key_of(self, event: Object, data: Object, index: int) -> tuple[Any, ...]:
        """Give what makes an event this one and no other, the same in every repeat."""
        ids = [text_of(data.get(name)) for name in ("event_id", "message_id", "source_message_id")]
        if any(ids):
            return (self.origin, *ids, text_of(data.get("timestamp_unixtime_ms")), event.get("event_type"))
        return (self.origin, index) if self.origin else (self.content, event, index)


def calls_of(kind: str, data: Object) -> list[Object]:
    """Give what happened, without what the batch adds."""
    properties = {**own_fields(data), **a_map(data.get("custom_attributes"))}
    if kind in CHANGES:
        return [{"type": "identify", "traits": changed_trait(data), "properties": properties}]
    if kind == "screen_view":
        return [{"type": "screen", "name": text_of(data.get("screen_name")), "properties": properties}]
    told: list[Told] = (
        read_commerce(data) if kind == "commerce_event" else [(name_of(kind, data), properties)]
    )
    return [{"type": "track", "event": name, "properties": found} for name, found in told]


def own_fields(data: Object) -> Object:
    """Give the fields of an event that say what happened; a custom event's name is its event's."""
    return {
        key: value
        for key, value in data.items()
        if key not in RECORDING and key not in ("custom_attributes", "event_name")
    }


def changed(kind: str, data: Object) -> Changes | None:
    """Give the identity that an event brings, or the attribute that it takes away."""
    if kind == "user_identity_change":
        one = a_map(data.get("new"))
        return Changes(identities_of([one]), ()) if one else None
    name = text_of(data.get("user_attribute_name"))
    is_gone = data.get("deleted") is True or ("new" in data and data["new"] is None)
    return Changes({}, (plain_name(name),)) if kind == "user_attribute_change" and name and is_gone else None


def changed_trait(data: Object) -> Object:
    """Give the attribute that changed; one that was deleted says nothing here."""
    name = text_of(data.get("user_attribute_name"))
    is_told = bool(name) and data.get("deleted") is not True
    return traits_of({name: data.get("new")}) if is_told else {}


def identities_of(found: Any) -> dict[str, str]:
    """Read identities as an object, as SDKs send them, or as a list, as webhooks do; the newest of a type wins."""
    pairs = list(a_map(found).items())
    for one in sorted(maps_in(found), key=lambda one: number_of(one.get("timestamp_unixtime_ms")) or 0):
        pairs.append((text_of(one.get("identity_type")), one.get("identity")))
    named = [(name.lower(), text_of(value)) for name, value in pairs]
    return {OLD_IDENTITIES.get(name, name): value for name, value in named if name and value}


def traits_of(attributes: Any) -> Object:
    """Give the attributes by their plain names."""
    return {plain_name(name): value for name, value in a_map(attributes).items()}


def plain_name(name: str) -> str:
    """Compare reserved attributes without case, as ``$FirstName`` and ``$firstname``."""
    return name.lower() if name.startswith("$") else name


def context_of(batch: Object, identities: dict[str, str]) -> Object:
    """Give the device and the app in Segment's words, and all else under ``mparticle`` in mParticle's."""
    device = {key: value for key, value in a_map(batch.get("device_info")).items() if value != NOBODY}
    app = a_map(batch.get("application_info"))
    vendor = {key: value for key, value in batch.items() if key not in ELSEWHERE}
    vendor |= {"user_identities": identities, "device_info": device}
    if DELETED in vendor:
        vendor[DELETED] = [plain_name(name) for name in a_list(vendor[DELETED]) if isinstance(name, str)]
    return present(
        {
            "ip": batch.get("ip"),
            "device": present(
                {
                    "id": device.get("ios_idfv") or device.get("android_uuid"),
                    "advertisingId": device.get("ios_advertising_id") or device.get("android_advertising_id"),
                    "manufacturer": device.get("device_manufacturer"),
                    "model": device.get("device_model"),
                    "token": device.get("push_token"),
                }
            ),
            "os": present({"name": device.get("platform"), "version": device.get("os_version")}),
            "app": present(
                {
                    "name": app.get("application_name"),
                    "version": app.get("application_version"),
                    "namespace": app.get("package"),
                }
            ),
            "mparticle": with_text_ids(vendor),
        }
    )


def with_text_ids(found: Object) -> Object:
    """Give 64-bit numbers as text, whether they came as numbers or as text; the rest is untouched."""
    return {**found, **{name: text_of(found[name]) for name in IDS if name in found}}
