"""Records by external id: one in a request of its own, several as a collection that is read row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from connectors.coercion import coerce
from connectors.rows import Rows, Together, send_together
from connectors.salesforce.fault import problems_of, read_row_problems
from connectors.salesforce.org import Org
from connectors.value import choices, plain_text, whole
from core.engine.instant import iso, milliseconds_of
from core.ports import Delivered, DeliveryRow, Outcome, Unknown

COLLECTION = 200
NAMED = {"object", "external_id_field", "external_id", "types"}

#: Salesforce's own fields that are text: it refuses a record that has a number there, such as a phone number.
TEXTS = {"FirstName", "LastName", "Email", "Phone", "MobilePhone", "Company", "Status"}

Record = dict[str, Any]
ObjectOf = Callable[[DeliveryRow], str]


def upsert(org: Org, batch: Sequence[DeliveryRow], object_of: ObjectOf, *, now: int) -> list[Outcome]:
    """Create or update a record for each delivery; no two of one record in one request."""

    def call(part: Rows) -> list[Outcome]:
        first = part[0]
        if len(part) == 1:
            body = record(first.fields)
            return [read_answer(org.call("PATCH", path_of(object_of(first), first), body))]
        kind = object_of(first)
        rows = [in_collection(kind, record(row.fields) | key_of(row)) for row in part]
        path = f"composite/sobjects/{kind}/{first.fields['external_id_field']}"
        return read_rows(org.call("PATCH", path, {"allOrNone": False, "records": rows}), len(part), now)

    def group(row: DeliveryRow) -> tuple[str, str]:
        return object_of(row), str(row.fields["external_id_field"])

    return send_together(batch, Together(call, org.read_error, key=value_of, group=group))


def create(
    org: Org, kind: str, batch: Sequence[DeliveryRow], build: Callable[[DeliveryRow], Record], *, now: int
) -> list[Outcome]:
    """Create a record of one kind for each delivery."""

    def call(part: Rows) -> list[Outcome]:
        if len(part) == 1:
            return [read_answer(org.call("POST", f"sobjects/{kind}", build(part[0])))]
        rows = [in_collection(kind, build(row)) for row in part]
        return read_rows(
            org.call("POST", "composite/sobjects", {"allOrNone": False, "records": rows}), len(part), now
        )

    return send_together(batch, Together(call, org.read_error, key=lambda row: row.id))


def path_of(kind: str, row: DeliveryRow) -> str:
    """Address a record by its external id, quoted: the SDK puts it into the path as it is."""
    value = plain_text(row.fields["external_id"])
    return f"sobjects/{kind}/{row.fields['external_id_field']}/{quote(value, safe='')}"


def key_of(row: DeliveryRow) -> Record:
    """Give a record's external id as a field, as a collection wants it."""
    return {str(row.fields["external_id_field"]): plain_text(row.fields["external_id"])}


def value_of(row: DeliveryRow) -> str:
    """Give what finds a record, as Salesforce may compare it."""
    return plain_text(row.fields["external_id"]).lower()


def in_collection(kind: str, fields: Record) -> Record:
    """Say what a record is, in a request that may hold several."""
    return {**fields, "attributes": {"type": kind}}


def record(fields: Mapping[str, Any]) -> Record:
    """Build the record; the external id stands in the path and must not stand here too."""
    named = NAMED | {str(fields.get("external_id_field"))}
    values = {name: written(coerce(fields, name)) for name in fields if name not in named}
    return {name: as_text(value) if name in TEXTS else value for name, value in values.items()}


def as_text(value: object) -> object:
    """Write a number as text, for a field that takes nothing else."""
    return plain_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def written(value: object) -> object:
    """Write a value as Salesforce takes it; a list is the chosen ones of a picklist, and null empties a field."""
    if value == "":
        return None
    if isinstance(value, datetime):
        return iso(milliseconds_of(value))
    if isinstance(value, date):
        return value.isoformat()
    return choices(value) if isinstance(value, list) else whole(value)


def read_answer(answer: Any) -> Outcome:
    """Read what Salesforce made of one record; 204, an update without a body, is None here."""
    if answer is None:
        return Delivered("updated")
    if not isinstance(answer, Mapping) or not answer.get("success"):
        return Unknown("Salesforce gave an answer that does not say success")
    return Delivered(
        "created" if answer.get("created", True) else "updated", reference=str(answer.get("id", ""))
    )


def read_rows(answer: Any, count: int, now: int) -> list[Outcome]:
    """Read a collection's answer, whose rows stand in the order of the request."""
    if not isinstance(answer, list) or len(answer) != count:
        return [Unknown("Salesforce gave an answer that does not speak of every record")] * count
    return [read_row(one, now) for one in answer]


def read_row(row: Any, now: int) -> Outcome:
    """Say what became of one record of a collection."""
    if isinstance(row, Mapping) and row.get("success") is True:
        return read_answer(row)
    found = problems_of(row.get("errors") if isinstance(row, Mapping) else None)
    if not found:
        return Unknown("Salesforce gave an answer that does not say what became of the record")
    return read_row_problems(found, now)
