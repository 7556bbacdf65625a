"""What Twilio refuses at once, by its error codes; its documented magic numbers are refused here as there."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

E164 = re.compile(r"(?:whatsapp:)?\+[1-9]\d{6,14}", re.ASCII)
SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}|\d{3,6}", re.ASCII)
SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}", re.ASCII)
CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}", re.ASCII)
FLOW_SID = re.compile(r"FW[0-9a-fA-F]{32}", re.ASCII)
BODY_LIMIT = 1600

#: How long before its time a message may be scheduled.
SOONEST, LATEST = timedelta(minutes=5), timedelta(days=35)


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
    judges = (recipient_problem, sender_problem, content_problem, schedule_problem, callback_problem)
    return next((found for judge in judges if (found := judge(form))), None)


def flow_problem(flow: str, form: dict[str, str]) -> Problem | None:
    """Give the first reason for which Studio would not start a flow."""
    if not FLOW_SID.fullmatch(flow):
        return Problem(20404, f"The requested resource /Flows/{flow}/Executions was not found", 404)
    if not is_json_object(form.get("Parameters", "{}")):
        return Problem(20001, "Parameters must be a JSON object")
    return recipient_problem(form) or sender_problem(form)


def is_json_object(text: str) -> bool:
    """Say whether a text is a JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


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
    if form.get("ContentSid") and not CONTENT_SID.fullmatch(form["ContentSid"]):
        return Problem(21655, "The ContentSid is invalid.")
    if not is_json_object(form.get("ContentVariables", "{}")):
        return Problem(21656, "The ContentVariables Parameter is invalid.")
    return None


def schedule_problem(form: dict[str, str]) -> Problem | None:
    """Judge when it would be sent."""
    if "SendAt" not in form:
        return None
    if form.get("ScheduleType") != "fixed":
        return Problem(35112, "ScheduleType is required to schedule a message.")
    if "MessagingServiceSid" not in form:
        return Problem(35118, "MessagingServiceSid is required to schedule a message.")
    wait = datetime.fromisoformat(form["SendAt"]) - datetime.now(UTC)
    if SOONEST <= wait <= LATEST:
        return None
    return Problem(35114, "SendAt must be between 300 seconds and 35 days in the future.")


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
