"""Campaign members, tasks and platform events: what happens around a contact or lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connectors.coercion import as_date
from connectors.salesforce.fault import problems_in, problems_of, read_row_problems
from connectors.salesforce.org import Org
from connectors.salesforce.record import Record, as_text, create, read_answer, written
from connectors.salesforce.record import record as record_of
from connectors.value import plain_text
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, RetryLater, Unknown

#: Salesforce's codes for a member that is one already.
MEMBER_ALREADY = ("DUPLICATE_VALUE", "already a campaign member")

#: The code that stands among the errors of a platform event that was taken.
ENQUEUED = "OPERATION_ENQUEUED"

PEOPLE = ("Contact", "Lead")


def add_members(org: Org, batch: Sequence[DeliveryRow], *, now: int) -> list[Outcome]:
    """Put people on campaigns; who is a member already stays one, with the status they have."""
    return [read_member(one) for one in create(org, "CampaignMember", batch, member, now=now)]


def read_member(outcome: Outcome) -> Outcome:
    """Take a duplicate for a success."""
    is_one = isinstance(outcome, Rejected) and any(word in outcome.reason for word in MEMBER_ALREADY)
    return Delivered("was a member already") if is_one else outcome


def member(row: DeliveryRow) -> Record:
    """Build a campaign member."""
    fields = row.fields
    made = {"CampaignId": plain_text(fields["campaign_id"]), **person(fields, "{}Id", "{}")}
    return made | ({"Status": str(fields["status"])} if fields.get("status") else {})


def person(fields: Mapping[str, Any], by_id: str, by_key: str) -> Record:
    """Name a person by record id, or by the external id of their record, which saves a look-up."""
    for kind in PEOPLE:
        given = fields.get(f"{kind.lower()}_id")
        if given not in (None, ""):
            return {by_id.format(kind): plain_text(given)}
    kind = str(fields.get("person") or PEOPLE[0])
    reference = {str(fields["external_id_field"]): plain_text(fields["external_id"])}
    return {by_key.format(kind): {"attributes": {"type": kind}, **reference}}


def create_task(org: Org, row: DeliveryRow) -> Outcome:
    """Create a task; with an External ID field of its own it is never created twice."""
    key = row.fields.get("task_id_field")
    if not key:
        return once(org, "Task", task(row), what="task")
    try:
        return read_answer(org.call("PATCH", f"sobjects/Task/{key}/{quote(row.id, safe='')}", task(row)))
    # Whatever was lost may be sent again, which the action as a whole does not say.
    except Exception as error:  # noqa: BLE001
        outcome = org.read_error(error)
    return RetryLater(outcome.reason) if isinstance(outcome, Unknown) else outcome


def task(row: DeliveryRow) -> Record:
    """Build a task."""
    fields = row.fields
    named = {
        "Subject": str(fields["subject"]),
        "Description": as_text(fields.get("description")),
        "Status": fields.get("status") or "Not Started",
        "Priority": fields.get("priority") or "Normal",
        "ActivityDate": written(as_date(fields.get("due"))),
        "OwnerId": fields.get("owner_id"),
    }
    return {name: value for name, value in named.items() if value is not None} | person(
        fields, "WhoId", "Who"
    )


def publish(org: Org, row: DeliveryRow, *, now: int) -> Outcome:
    """Publish a platform event."""
    fields = {name: value for name, value in row.fields.items() if name != "event"}
    return once(org, str(row.fields["event"]), record_of(fields), what="event", now=now)


def once(org: Org, kind: str, body: Record, *, what: str, now: int = 0) -> Outcome:
    """Create what a second request would create again: 503 in a page does not say that nothing was."""
    from requests import HTTPError  # slow to import

    try:
        answer = org.call("POST", f"sobjects/{kind}", body)
    except HTTPError as error:
        if error.response.status_code != 503 or problems_in(error.response):
            raise
        return Unknown(f"Salesforce answered 503, which does not say whether it took the {what}")
    return read_published(answer, now) if what == "event" else read_answer(answer)


def read_published(answer: Any, now: int) -> Outcome:
    """Read what became of an event: one that was taken has an error too, which is none."""
    if not isinstance(answer, Mapping):
        return Unknown("Salesforce gave an answer that does not say success")
    found = problems_of(answer.get("errors"))
    if answer.get("success") is True:
        # The id is the same for many events; what tells them apart is the message of this code.
        names = [one.message for one in found if one.code == ENQUEUED]
        return Delivered("queued", reference=(names or [str(answer.get("id", ""))])[0])
    return (
        read_row_problems(found, now)
        if found
        else Unknown("Salesforce gave an answer that does not say success")
    )
