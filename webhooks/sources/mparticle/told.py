"""What mParticle's Firehose tells partners, brought to the shape of a batch or to calls."""

from __future__ import annotations

from typing import Any

from webhooks.sources.base import Call
from webhooks.sources.loose import Object, a_map, derived_id, first_time, maps_in, number_of, present, text_of
from webhooks.sources.mparticle.batch import DELETED, Batch

ENTERED, EXITED = "Audience Entered", "Audience Exited"

REGISTER = "module_registration_request"
SUBSCRIBE = "audience_subscription_request"
MEMBERS = "audience_membership_change_request"
EVENTS_REQUEST = "event_processing_request"
SUBJECT = "dsr_processing_request"
MESSAGES = frozenset((REGISTER, SUBSCRIBE, MEMBERS, EVENTS_REQUEST, SUBJECT))

#: Firehose's words for identities; the numbered ones are told below.
IDENTITIES = {"customer": "customer_id", "controller_customer_id": "customer_id", "mobile": "mobile_number"}
DEVICES = {
    "ios_advertising_id": "ios_advertising_id",
    "ios_vendor_id": "ios_idfv",
    "google_advertising_id": "android_advertising_id",
    "android_advertising_id": "android_advertising_id",
    "android_id": "android_uuid",
    "google_cloud_messaging_token": "push_token",
    "apple_push_notification_token": "push_token",
}
RUNTIME = {
    "type": "platform",
    "os_version": "os_version",
    "manufacturer": "device_manufacturer",
    "model": "device_model",
}
APP = {
    "application_name": "application_name",
    "application_version": "application_version",
    "application_package": "package",
}

#: Firehose's words for events, where the Events API has others.
EVENTS = {
    "error": "crash_report",
    "privacy_setting_change": "opt_out",
    "push_subscription": "push_registration",
    "push_message_receipt": "push_message",
    "push_message_open": "push_reaction",
    "attribution": "pre_attribution",
}
COMMERCE = ("product_action", "promotion_action", "impression")

#: Where an event's own fields have another name than in the Events API.
FIELDS = {"timestamp_ms": "timestamp_unixtime_ms", "attributes": "custom_attributes", "id": "event_id"}
NAMES = {"custom_event": "event_name", "screen_view": "screen_name"}
AROUND = (
    *("timestamp_unixtime_ms", "custom_attributes", "event_id", "source_message_id", "session_id"),
    *("location", "custom_flags", "currency_code", "screen_name"),
)


def identities_in(found: Any) -> tuple[Object, Object]:
    """Give identities in plain text by mParticle's own names, and those that came as hashes, which name nobody."""
    plain: Object = {}
    hashed: Object = {}
    for one in maps_in(found):
        kind, value = text_of(one.get("type")), text_of(one.get("value"))
        encoding = text_of(one.get("encoding")) or "raw"
        if kind and value and encoding == "raw":
            plain[identity_name(kind)] = value
        elif kind and value:
            hashed.setdefault(identity_name(kind), {})[encoding] = value
    return plain, hashed


def identity_name(kind: str) -> str:
    """Write ``other2`` as ``other_id_2``, and ``customer`` as ``customer_id``."""
    if kind.startswith("other") and kind[5:].isdigit():
        return f"other_id_{kind[5:]}"
    return IDENTITIES.get(kind, kind)


def devices_in(found: Any) -> Object:
    """Give the ids of a device under the Events API's names."""
    plain, _ = identities_in(found)
    return {DEVICES[name]: value for name, value in plain.items() if name in DEVICES}


def batch_of(message: Object) -> Batch:
    """Give the batch that a message of events is, without its events."""
    plain, hashed = identities_in(message.get("user_identities"))
    runtime, consent = a_map(message.get("runtime_environment")), a_map(message.get("consent_state"))
    states = {name: consent.get(f"{name}_consent_state") for name in ("gdpr", "ccpa")}
    device = devices_in(runtime.get("identities"))
    device |= present({ours: runtime.get(theirs) for theirs, ours in RUNTIME.items()})
    found = {
        "batch_id": message.get("id"),
        "timestamp_unixtime_ms": message.get("timestamp_ms"),
        "mpid": message.get("mpid"),
        "user_identities": plain,
        "hashed_identities": hashed,
        "partner_identities": message.get("partner_identities"),
        "user_attributes": message.get("user_attributes"),
        "consent_state": present(states),
        "system_notifications": message.get("system_notifications"),
        "ip": runtime.get("client_ip_address"),
        "device_info": device,
        "application_info": present({ours: runtime.get(theirs) for theirs, ours in APP.items()}),
    }
    return Batch({**present(found), "events": []})


def event_of(event: Object) -> Object:
    """Give an event as the Events API has it."""
    kind = text_of(event.get("type"))
    left = ("type", "source_id")
    data = {FIELDS.get(name, name): value for name, value in event.items() if name not in left}
    data["source_message_id"] = event.get("source_id")
    if kind in COMMERCE:
        return {"event_type": "commerce_event", "data": commerce_of(kind, data)}
    if kind in NAMES:
        data[NAMES[kind]] = data.pop("name", None)
    return {"event_type": EVENTS.get(kind, kind), "data": data}


def commerce_of(kind: str, data: Object) -> Object:
    """Put an action, a promotion or an impression where the Events API has it."""
    around = {name: data[name] for name in AROUND if name in data}
    rest = {name: value for name, value in data.items() if name not in around}
    if kind != "impression":
        return {**around, kind: rest}
    told = maps_in(rest.get("impressions")) or [rest]
    return {
        **around,
        "product_impressions": [{**one, "product_impression_list": one.get("name")} for one in told],
    }


def memberships(profile: Object, message: Object) -> list[Call]:
    """Give the calls of one person's audiences: who enters, who leaves, and what attributes came with it."""
    plain, hashed = identities_in(profile.get("user_identities"))
    shared = {"mpid": profile.get("mpid"), "user_identities": plain, "hashed_identities": hashed}
    shared["device_info"] = devices_in(profile.get("device_identities"))
    calls = []
    for place, audience in enumerate(maps_in(profile.get("audiences"))):
        changes = [one for one in maps_in(audience.get("user_attributes")) if text_of(one.get("key"))]
        kept = {text_of(one["key"]): one.get("value") for one in changes if one.get("action") != "delete"}
        gone = [text_of(one["key"]) for one in changes if one.get("action") == "delete"]
        made = Batch({**shared, "user_attributes": kept, DELETED: gone}).call(
            state_of(audience),
            message_id=derived_id("audience", message.get("id"), profile, place),
            timestamp=first_time([message.get("timestamp_ms")]),
        )
        calls.append(made)
    return calls


def state_of(audience: Object) -> Object:
    """Say that a person is in an audience or no longer, in Segment's words; other changes only tell of them."""
    action = text_of(audience.get("action"))
    if action not in ("add", "delete"):
        return {"type": "identify", "traits": {}}
    name, number = text_of(audience.get("audience_name")), text_of(audience.get("audience_id"))
    key = key_of(name) or f"audience_{number}"
    is_in = action == "add"
    told = present({"audience_key": key, "audience_id": number, "audience_name": name})
    return {
        "type": "track",
        "event": ENTERED if is_in else EXITED,
        "traits": {key: is_in},
        "properties": told | {key: is_in},
    }


def key_of(name: str) -> str:
    """Write ``New Users, Low Engagement`` as ``new_users_low_engagement``."""
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    return "_".join(words)


def subject_request(message: Object) -> Call:
    """Give the call of a data subject's request; what it asks for stands in ``context.privacy``."""
    named = a_map(message.get("subject_identities"))
    plain, hashed = identities_in([{"type": name, **a_map(one)} for name, one in named.items()])
    batch = Batch({"user_identities": plain, "hashed_identities": hashed, "mpid": message.get("mpid")})
    submitted, number = number_of(message.get("submitted_time")), text_of(message.get("subject_request_id"))
    call = batch.call(
        {"type": "delete"},
        message_id=derived_id("dsr", number or message),
        timestamp=first_time([submitted * 1000 if submitted else None, message.get("timestamp_ms")]),
    )
    privacy = {
        "kind": text_of(message.get("subject_request_type")),
        "request_id": number,
        "regulation": text_of(message.get("regulation")),
    }
    return {**call, "context": {**call["context"], "privacy": present(privacy)}}


def told_calls(message: Object) -> list[Call]:
    """Give the calls of a message of any type; one that only asks something has none."""
    kind = text_of(message.get("type"))
    if kind == SUBJECT:
        return [subject_request(message)]
    if kind == MEMBERS:
        return [
            call
            for profile in maps_in(message.get("user_profiles"))
            for call in memberships(profile, message)
        ]
    if kind != EVENTS_REQUEST:
        return []
    batch = batch_of(message)
    told = enumerate(maps_in(message.get("events")))
    return [call for index, event in told for call in batch.read(event_of(event), index)]
