"""What Twilio refuses at once, by its error codes; its documented magic numbers are refused here as there."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

E164 = re.compile(r"(?:whatsapp:)?\+[1-9]\d{6,14}", re.ASCII)
SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}|\d{3,6}", re.ASCII)
SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}", re.ASCII)
BODY_LIMIT = 1600


class Problem(NamedTuple):
    """One of Twilio's errors."""

    code: int
    message: str
    status: int = 400


#: Recipients that always fail, from Twilio's page on test credentials.
MAGIC_TO = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: {}"),
    "+15005550002": (21612, "The 'To' phone number: {}, is not currently reachable via SMS."),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region of {}"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number: {}, is not a valid mobile number"),
}

#: Senders that always fail.
MAGIC_FROM = {
    "+15005550001": (21212, "The 'From' number {} is not a valid phone number"),
    "+15005550007": (21606, "The 'From' phone number provided ({}) is not a valid message-capable number."),
    "+15005550008": (21611, "This 'From' number {} has exceeded the maximum number of queued messages"),
}


def find_problem(form: dict[str, str]) -> Problem | None:
    """Give the first reason for which Twilio would refuse this message."""
    return recipient_problem(form) or sender_problem(form) or content_problem(form) or callback_problem(form)


def recipient_problem(form: dict[str, str]) -> Problem | None:
    """Judge the To number."""
    to = form.get("To", "")
    if not to:
        return Problem(21604, "A 'To' phone number is required.")
    if not E164.fullmatch(to):
        return Problem(21211, f"Invalid 'To' Phone Number: {to}")
    return magic(MAGIC_TO, to)


def sender_problem(form: dict[str, str]) -> Problem | None:
    """Judge the From number or the messaging service."""
    sender, service = form.get("From", ""), form.get("MessagingServiceSid", "")
    if service:
        is_service = SERVICE_SID.fullmatch(service)
        return None if is_service else Problem(21701, "The Messaging Service does not exist.")
    if not sender:
        return Problem(21603, "A 'From' phone number is required.")
    if not (E164.fullmatch(sender) or SENDER_NAME.fullmatch(sender)):
        return Problem(21212, f"The 'From' number {sender} is not a valid phone number")
    return magic(MAGIC_FROM, sender)


def content_problem(form: dict[str, str]) -> Problem | None:
    """Judge what would be sent."""
    if not any(form.get(name) for name in ("Body", "MediaUrl", "ContentSid")):
        return Problem(21602, "Message body is required.")
    if len(form.get("Body", "")) > BODY_LIMIT:
        return Problem(21617, "The concatenated message body exceeds the 1600 character limit.")
    return None


def callback_problem(form: dict[str, str]) -> Problem | None:
    """Judge the address for status callbacks."""
    url = form.get("StatusCallback", "")
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        return Problem(21609, f"The 'StatusCallback' URL {url} is not a valid URL.")
    return None


def magic(numbers: dict[str, tuple[int, str]], number: str) -> Problem | None:
    """Look a number up among those that always fail."""
    found = numbers.get(number)
    return Problem(found[0], found[1].format(number)) if found else None
