"""A delivery written as SendGrid's mail, and what keeps it from being one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from connectors.value import plain_text, whole
from core.ports import DeliveryRow, FieldSpec

MAIL = (
    FieldSpec("to", "The e-mail address to write to."),
    FieldSpec("subject", "The subject."),
    FieldSpec("html", "The body as HTML."),
    FieldSpec("text", "The body as plain text; with html too, the reader's program chooses."),
    FieldSpec("template_id", "The id of a dynamic template (d-...), which brings subject and body."),
    FieldSpec("template_data", "A map of what the template's places are filled with."),
    FieldSpec("from", "The sender, an address or Name <address>; else the setting."),
    FieldSpec("reply_to", "Where answers go, an address or Name <address>."),
    FieldSpec("categories", "Up to ten names under which SendGrid counts the e-mail."),
    FieldSpec("unsubscribe_group", "The number of the unsubscribe group that the e-mail belongs to."),
    FieldSpec(
        "unsubscribe_url",
        "An https address that takes one-click unsubscribes (the List-Unsubscribe headers).",
    ),
    FieldSpec("custom_args", "A map of further values that SendGrid's events about the e-mail carry."),
)

#: The custom argument by which SendGrid's events find their delivery.
DELIVERY = "cuewire_delivery"

#: SendGrid's limits: names, letters in one, and bytes of all custom arguments.
MOST_CATEGORIES = 10
LONGEST_CATEGORY = 255
MOST_ARGUMENTS = 10_000

#: A name such as Acme, Inc. that nobody put into quotes, though the standard of mail asks for it.
UNQUOTED_NAME = re.compile(r"([^<>\"]*?) *<([^<>]+)>")

ADDRESS = re.compile(r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+")


def mail_problem(delivery: DeliveryRow) -> str:
    """Say why a delivery is no mail; empty when it is one."""
    fields = delivery.fields
    if not is_address(fields["to"]):
        return "the field to is not an e-mail address"
    for name in ("from", "reply_to"):
        if fields.get(name) and not named_address(fields[name]):
            return f"the field {name} is neither an e-mail address nor Name <address>"
    return problem_of_content(fields) or problem_of_extras(fields, mail_arguments(delivery))


def problem_of_content(fields: Mapping[str, Any]) -> str:
    """Say what is wrong with subject, body and template."""
    has_body = bool(fields.get("html") or fields.get("text"))
    if fields.get("template_id"):
        if has_body:
            return "the template brings the body: leave out html and text, or the field template_id"
        return "" if is_map_or_absent(fields.get("template_data")) else "the field template_data is not a map"
    if fields.get("template_data"):
        return "the field template_data needs the field template_id"
    if not has_body:
        return "one of the fields html, text and template_id must be there"
    return "" if one_line(fields.get("subject")) else "the field subject is missing"


def problem_of_extras(fields: Mapping[str, Any], arguments: Mapping[str, str] | None) -> str:
    """Say what is wrong with what SendGrid adds to a mail."""
    group = fields.get("unsubscribe_group")
    if group is not None and number_of(group) is None:
        return "the field unsubscribe_group is not the number of an unsubscribe group"
    if fields.get("unsubscribe_url") and not is_one_click(fields["unsubscribe_url"]):
        return "the field unsubscribe_url is not an https address"
    names = categories(fields)
    if len(names) > MOST_CATEGORIES or any(len(name) > LONGEST_CATEGORY for name in names):
        return f"the field categories holds more than {MOST_CATEGORIES} names or one that is too long"
    if arguments is None:
        return "the field custom_args is not a map"
    if len(json.dumps(arguments).encode()) > MOST_ARGUMENTS:
        return f"the field custom_args is longer than {MOST_ARGUMENTS} bytes"
    return ""


def mail_body(delivery: DeliveryRow, sender: str) -> dict[str, Any]:
    """Build the request for one mail to one person."""
    fields = delivery.fields
    envelope = {
        "to": [{"email": str(fields["to"])}],
        # Only here: SendGrid's own description has them as a text elsewhere.
        "custom_args": mail_arguments(delivery),
        "dynamic_template_data": fields.get("template_data"),
    }
    group = number_of(fields.get("unsubscribe_group"))
    body = {
        "personalizations": [present(envelope)],
        # An unreadable setting goes as it is: SendGrid refuses it, and says so.
        "from": named_address(fields.get("from") or sender) or {"email": sender},
        "reply_to": named_address(fields.get("reply_to")),
        "subject": one_line(fields.get("subject")),
        "content": content(fields),
        "template_id": plain_text(fields.get("template_id") or ""),
        "categories": categories(fields),
        "asm": None if group is None else {"group_id": group},
        "headers": one_click(fields.get("unsubscribe_url")),
    }
    return present(body)


def present(body: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty."""
    return {name: value for name, value in body.items() if value}


def content(fields: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give the bodies, plain text first as SendGrid asks."""
    kinds = (("text/plain", "text"), ("text/html", "html"))
    return [{"type": kind, "value": str(fields[name])} for kind, name in kinds if fields.get(name)]


def one_click(url: object) -> dict[str, str]:
    """Give the headers by which a mail program shows a button that unsubscribes at once."""
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def is_one_click(url: object) -> bool:
    """Say whether an address can stand in the header: RFC 8058 wants https."""
    text = str(url)
    if re.search(r"[\s<>\"]", text) or not text.isascii():
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)


def mail_arguments(delivery: DeliveryRow) -> dict[str, str] | None:
    """Give the custom arguments as texts, ours among them; None when the field is no map."""
    given = delivery.fields.get("custom_args") or {}
    if not isinstance(given, Mapping):
        return None
    texts = {str(name): plain_text(value) for name, value in given.items() if value is not None}
    return {**texts, DELIVERY: delivery.id}


def categories(fields: Mapping[str, Any]) -> list[str]:
    """Give the categories, each once."""
    given = fields.get("categories") or []
    texts = [plain_text(one) for one in (given if isinstance(given, list) else [given])]
    return list(dict.fromkeys(text for text in texts if text))


def named_address(value: object) -> dict[str, str]:
    """Read an address with or without a name; empty when it is none."""
    text = one_line(value)
    unquoted = UNQUOTED_NAME.fullmatch(text)
    name, address = unquoted.groups() if unquoted else parseaddr(text)
    if not is_address(address):
        return {}
    return {"email": address, "name": name} if name else {"email": address}


def is_address(value: object) -> bool:
    """Say whether a value can be one e-mail address; whether it exists is SendGrid's to find out."""
    return isinstance(value, str) and ADDRESS.fullmatch(value) is not None


def number_of(value: object) -> int | None:
    """Read the number of an unsubscribe group."""
    value = whole(value)
    if isinstance(value, bool):
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else None


def one_line(value: object) -> str:
    """Write a text on one line, as headers are."""
    return " ".join(str(value).split()) if value is not None else ""


def is_map_or_absent(value: object) -> bool:
    """Say whether a value can stand where SendGrid wants a map."""
    return value is None or isinstance(value, Mapping)
