"""What became of a message whose answer was lost, by Twilio's own list of messages to the number.

Twilio keeps no key of ours that the list would show: a message is known by its recipient, sender, text and time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.twilio.message import SERVICE, address
from core.engine.links import OF_MESSAGES
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, Unknown

#: How much earlier than the attempt, by our clock, and how much later Twilio may have made the message.
EARLIER, LATER = 5_000, 120_000

#: For how long a message may wait in Twilio's queue before its day of sending puts it on the list.
QUEUE = 3_600_000

#: Newest first, and all to one person.
MOST = 50

REACHED = frozenset(("delivered", "read"))
FAILED = frozenset(("failed", "undelivered", "canceled"))

#: The code of a number that has told Twilio to be left alone.
OPTED_OUT = 21610


def look_up(client: Any, row: DeliveryRow, *, sender: str, now: int) -> Outcome | None:
    """Find the one message that a delivery made; None where there surely is none."""
    started = row.attempts[-1].started_at if row.attempts else row.created_at
    since = datetime.fromtimestamp((started - EARLIER) / 1000, UTC)
    # What is scheduled has no day of sending yet.
    narrow = {} if row.fields.get("send_at") else {"date_sent_after": since - timedelta(days=1)}
    listed = client.messages.list(to=address(row, row.fields["to"]), limit=MOST, **narrow)
    until = datetime.fromtimestamp((started + LATER) / 1000, UTC)
    found = [one for one in listed if fits(one, row, sender) and is_within(one, since, until)]
    if len(found) > 1:
        return Unknown("Twilio has several messages that it may be")
    if found:
        return read_message(found[0])
    return Unknown("Twilio does not list it yet") if now - started < QUEUE else None


def fits(message: Any, row: DeliveryRow, sender: str) -> bool:
    """Say whether a message is from the sender, and says what the delivery says."""
    if message.direction and message.direction.startswith("inbound"):
        return False
    if sender.startswith(SERVICE):
        is_ours = message.messaging_service_sid == sender
    else:
        is_ours = message.from_ in (sender, address(row, sender))
    body = row.fields.get("body")
    # A template's text is Twilio's to know.
    return is_ours and (not body or said(str(body)).fullmatch(message.body or "") is not None)


def said(body: str) -> re.Pattern[str]:
    """Give the pattern of a text, in which links and codes were put when it left."""
    pattern = re.escape(body.strip())
    for stand_in in OF_MESSAGES.values():
        pattern = pattern.replace(re.escape(stand_in), r"\S+")
    return re.compile(rf"\s*{pattern}\s*")


def is_within(message: Any, since: datetime, until: datetime) -> bool:
    """Say whether a message was made at the time of the attempt."""
    made: datetime | None = message.date_created
    if made is None:
        return False
    return since <= (made if made.tzinfo else made.replace(tzinfo=UTC)) <= until


def read_message(message: Any) -> Outcome:
    """Read what Twilio made of a message."""
    status, code = str(message.status or "accepted"), message.error_code
    if status in FAILED:
        reason = f"{status} (error {code})" if code else status
        return Rejected(reason, opted_out=str(code) == str(OPTED_OUT))
    return Delivered(status, reference=str(message.sid), is_final=status in REACHED)
