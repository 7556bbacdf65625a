"""What became of a message or flow whose answer was lost, by Twilio's own lists of them.

Twilio keeps no key of ours that a list would show: a message is known by its recipient, sender, text and time, an
execution of a flow by its recipient and time.
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

#: Newest first, and all to one person; executions of a flow are listed for everybody in it.
MOST, MOST_EXECUTIONS = 50, 1000

REACHED = frozenset(("delivered", "read"))
FAILED = frozenset(("failed", "undelivered", "canceled"))

#: The code of a number that has told Twilio to be left alone.
OPTED_OUT = 21610


def look_up(client: Any, row: DeliveryRow, *, sender: str, now: int) -> Outcome | None:
    """Find the one message or execution that a delivery made; None where there surely is none."""
    started = row.attempts[-1].started_at if row.attempts else row.created_at
    since = datetime.fromtimestamp((started - EARLIER) / 1000, UTC)
    until = datetime.fromtimestamp((started + LATER) / 1000, UTC)
    if row.action == "start_flow":
        found = executions(client, row, since, until)
    else:
        found = messages(client, row, since, until, sender=sender)
    if len(found) > 1:
        return Unknown("Twilio has several that it may be")
    if found:
        return found[0]
    return Unknown("Twilio does not list it yet") if now - started < QUEUE else None


def messages(
    client: Any, row: DeliveryRow, since: datetime, until: datetime, *, sender: str
) -> list[Outcome]:
    """Give what became of each message that it may be."""
    # What is scheduled has no day of sending yet.
    narrow = {} if row.fields.get("send_at") else {"date_sent_after": since - timedelta(days=1)}
    listed = client.messages.list(to=address(row, row.fields["to"]), limit=MOST, **narrow)
    found = [one for one in listed if fits(one, row, sender) and is_within(one, since, until)]
    return [read_message(one) for one in found]


def executions(client: Any, row: DeliveryRow, since: datetime, until: datetime) -> list[Outcome]:
    """Give each execution of the flow that it may be."""
    flow = client.studio.v2.flows(str(row.fields["flow_sid"]))
    listed = flow.executions.list(
        date_created_from=since, date_created_to=until, limit=MOST_EXECUTIONS, page_size=MOST_EXECUTIONS
    )
    to = address(row, row.fields["to"])
    found = [one for one in listed if one.contact_channel_address == to and is_within(one, since, until)]
    return [Delivered(str(one.status or "active"), reference=str(one.sid)) for one in found]


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
