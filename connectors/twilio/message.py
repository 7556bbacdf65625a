"""A delivery written as Twilio's message, and what keeps it from being one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from connectors.coercion import as_time
from connectors.value import plain_text
from core.ports import DeliveryRow

WHATSAPP = "whatsapp:"
SERVICE = "MG"
MOST_MEDIA = 10

#: How the ids look that fields may hold.
IDS = {
    "content_sid": re.compile(r"HX[0-9a-fA-F]{32}"),
    "flow_sid": re.compile(r"FW[0-9a-fA-F]{32}"),
    "message_sid": re.compile(r"SM[0-9a-fA-F]{32}|MM[0-9a-fA-F]{32}"),
}

NO_NUMBER = "the field to is not a phone number with its country code, such as +4915112345678"


def problem_of(delivery: DeliveryRow, sender: str) -> str:
    """Say why a delivery cannot go to Twilio as it is; empty when it can."""
    fields = delivery.fields
    if delivery.action in ("cancel_scheduled", "erase"):
        return problem_of_ids(fields) or problem_of_naming(delivery, sender)
    if not e164(fields["to"]):
        return NO_NUMBER
    if delivery.action == "send_whatsapp":
        wrong = problem_of_whatsapp(fields, sender)
        if wrong:
            return wrong
    return problem_of_ids(fields) or problem_of_extras(fields, sender)


def problem_of_naming(delivery: DeliveryRow, sender: str) -> str:
    """Say what is wrong with the naming of messages that are there already."""
    fields = delivery.fields
    if fields.get("message_sid"):
        return ""
    if not fields.get("to"):
        return "one of the fields to, message_sid must name the messages"
    if not e164(fields["to"]):
        return NO_NUMBER
    if delivery.action == "erase" or sender.startswith(SERVICE):
        return ""
    return "only a Messaging Service (MG...) schedules: name it in from"


def problem_of_whatsapp(fields: Mapping[str, Any], sender: str) -> str:
    """Say what is wrong with a message for WhatsApp."""
    if not any(fields.get(name) for name in ("body", "content_sid", "media_url")):
        return "one of the fields content_sid, body and media_url must be there"
    if fields.get("content_sid") and (fields.get("body") or fields.get("media_url")):
        return "the template brings the content: leave out body and media_url, or the field content_sid"
    if sender.startswith(SERVICE) or e164(sender.removeprefix(WHATSAPP)):
        return ""
    return "WhatsApp needs a number or a Messaging Service (MG...) as sender: name it in from"


def problem_of_ids(fields: Mapping[str, Any]) -> str:
    """Say which id is none."""
    for name, form in IDS.items():
        if fields.get(name) and not form.fullmatch(str(fields[name])):
            return f"the field {name} is not one of Twilio's ids, such as {form.pattern[:2]}..."
    return ""


def problem_of_extras(fields: Mapping[str, Any], sender: str) -> str:
    """Say what is wrong with maps, media and the time of sending."""
    for name in ("content_variables", "parameters"):
        if not isinstance(fields.get(name) or {}, Mapping):
            return f"the field {name} is not a map"
    if fields.get("content_variables") and not fields.get("content_sid"):
        return "the field content_variables needs the field content_sid"
    media = media_of(fields)
    if len(media) > MOST_MEDIA or not all(is_https(one) for one in media):
        return f"the field media_url is not an https address, or a list of up to {MOST_MEDIA}"
    if not fields.get("send_at"):
        return ""
    if as_time(fields["send_at"]) is None:
        return "the field send_at is not a time as ISO text, such as 2026-03-02T10:00:00Z"
    return (
        "" if sender.startswith(SERVICE) else "the field send_at needs a Messaging Service (MG...) as sender"
    )


def message_of(delivery: DeliveryRow, sender: str) -> dict[str, Any]:
    """Give what the SDK takes to create a message."""
    fields = delivery.fields
    made: dict[str, Any] = {
        "to": address(delivery, fields["to"]),
        "body": str(fields["body"]) if fields.get("body") else None,
        "media_url": media_of(fields),
        "content_sid": fields.get("content_sid"),
        "content_variables": variables(fields),
        **sender_option(delivery, sender),
    }
    # The SDK writes any time as UTC, whatever its offset is.
    at = as_time(fields.get("send_at"))
    if at is not None:
        made |= {"send_at": at, "schedule_type": "fixed"}
    return {name: value for name, value in made.items() if value}


def sender_option(delivery: DeliveryRow, sender: str) -> dict[str, str]:
    """Name the sender as what it is."""
    if sender.startswith(SERVICE):
        return {"messaging_service_sid": sender}
    return {"from_": address(delivery, sender) if delivery.action == "send_whatsapp" else sender}


def address(delivery: DeliveryRow, number: object) -> str:
    """Write a phone number as the channel wants it."""
    found = e164(str(number).removeprefix(WHATSAPP))
    return WHATSAPP + found if delivery.action == "send_whatsapp" else found


def sender_of(delivery: DeliveryRow, otherwise: str) -> str:
    """Choose the sender: of a map the one for the recipient's country, then its default, then the setting."""
    given = delivery.fields.get("from")
    if isinstance(given, Mapping):
        names = [*countries(delivery.fields.get("to")), "default"]
        given = next((given[name] for name in names if given.get(name)), None)
    return plain_text(given or otherwise).strip()


def countries(number: object) -> list[str]:
    """Give the names that a number's country may have in a map: DE, then +49."""
    try:
        read = phonenumbers.parse(str(number).removeprefix(WHATSAPP), None)
    except phonenumbers.NumberParseException:
        return []
    code = read.country_code or 0
    region = phonenumbers.region_code_for_number(read) or phonenumbers.region_code_for_country_code(code)
    return [str(region), f"+{code}"]


def variables(fields: Mapping[str, Any]) -> str:
    """Write a template's variables as the JSON text that Twilio wants; empty where there are none."""
    given = fields.get("content_variables") or {}
    texts = {str(name): plain_text(value) for name, value in given.items() if value is not None}
    return json.dumps(texts, ensure_ascii=False) if texts else ""


def media_of(fields: Mapping[str, Any]) -> list[str]:
    """Give the addresses of pictures and files."""
    given = fields.get("media_url") or []
    return [str(one) for one in (given if isinstance(given, list) else [given])]


def is_https(url: str) -> bool:
    """Say whether Twilio can fetch something from an address without it being seen on the way."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)


def e164(value: object) -> str:
    """Write a phone number as Twilio wants it; empty when it is none."""
    return _e164(str(value))


# A delivery's number is asked for several times in a row, and is slow to read.
@lru_cache(maxsize=64)
def _e164(text: str) -> str:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return ""
    # Possible is enough: the list of numbers in use is Twilio's to know.
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
