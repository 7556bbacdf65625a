"""Contacts and companies: written in batches, each row traced, and a mixed answer split by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from connectors.coercion import coerce
from connectors.hubspot.api import Api
from connectors.rows import Rows, Together, send_together
from connectors.value import choices, plain_text
from core.engine.instant import milliseconds_of
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, RetryLater, Unknown

BATCH = 100

#: Fields that say how a record is found and written, and are no properties.
NOT_PROPERTIES = {"id_property", "id", "types"}

#: The record id, by which rows are updated: only a property with unique values finds one that may be new.
RECORD_ID = "hs_object_id"

#: HubSpot's words where two requests create one contact at the same time; the next upsert updates it.
RACE = "already exists"

Row = dict[str, Any]


def upsert(api: Api, kind: str, batch: Sequence[DeliveryRow], rows: Mapping[str, Row]) -> list[Outcome]:
    """Write the row of each delivery, ``kind`` being contacts or companies; no two rows of one record together."""

    def call(part: Rows) -> list[Outcome]:
        finder = group(part[0])
        method = "update" if finder == RECORD_ID else "upsert"
        inputs = [as_input(rows[row.id], row.id) for row in part]
        answer = api.call(f"crm.{kind}.batch_api.{method}", {"inputs": inputs})
        return read_rows({key(row): row.id for row in part}, answer.body, finder)

    def group(row: DeliveryRow) -> str:
        return str(rows[row.id]["idProperty"])

    def key(row: DeliveryRow) -> str:
        return str(rows[row.id]["id"]).lower()

    outcomes = send_together(batch, Together(call, api.read_error, key=key, group=group))
    return [in_a_race(one, rows[row.id]) for row, one in zip(batch, outcomes, strict=True)]


def as_input(row: Row, trace: str) -> Row:
    """Write a row as it leaves; without the trace id a refused row could not be told from the others."""
    left_out = "idProperty" if row["idProperty"] == RECORD_ID else ""
    return {name: value for name, value in row.items() if name != left_out} | {"objectWriteTraceId": trace}


def in_a_race(outcome: Outcome, row: Row) -> Outcome:
    """Try again where a contact came into being at the same moment; found by e-mail, it can be nothing else."""
    is_race = isinstance(outcome, Rejected) and RACE in outcome.reason and row["idProperty"] == "email"
    return RetryLater(outcome.reason, alone=True) if is_race else outcome


def record(fields: Mapping[str, Any]) -> Row:
    """Build the row of a record that is found by a unique property, an e-mail address unless said."""
    finder = fields.get("id_property") or "email"
    key = fields["id"] if fields.get("id_property") else fields["email"]
    properties = {
        name: property_text(coerce(fields, name))
        for name, value in fields.items()
        # The key too would be written: an e-mail would replace a primary by a secondary address.
        if value is not None and name != finder and name not in NOT_PROPERTIES
    }
    return {"id": plain_text(key).strip(), "idProperty": plain_text(finder), "properties": properties}


def property_text(value: Any) -> str:
    """Write a property as HubSpot wants all of them: as text; a day is its midnight in UTC."""
    if isinstance(value, datetime):
        return str(milliseconds_of(value))
    if isinstance(value, date):
        return str(milliseconds_of(datetime.combine(value, time(), UTC)))
    return choices(value) if isinstance(value, list) else plain_text(value)


def read_rows(traces: Mapping[str, str], body: Mapping[str, Any], finder: str = "email") -> list[Outcome]:
    """Tell which rows of an accepted request were written, and which were refused; ``traces`` are by key."""
    written, refused = rows_of(body, "results"), rows_of(body, "errors")
    # In an answer about one row everything is about it.
    alone = next(iter(traces.values())) if len(traces) == 1 else ""
    by_trace = {alone or trace_of(row, traces, finder): row for row in written if row.get("id")}
    reasons = {trace: row for row in refused for trace in ([alone] if alone else traces_of(row, traces))}
    is_whole = not refused and len(written) == len(traces) and all(row.get("id") for row in written)
    return [read_row(by_trace.get(one), reasons.get(one), is_whole=is_whole) for one in traces.values()]


def read_row(
    written: Mapping[str, Any] | None, refused: Mapping[str, Any] | None, *, is_whole: bool
) -> Outcome:
    """Say what became of one row."""
    if refused is not None:
        return Rejected(f"HubSpot refused it: {refused.get('message') or refused.get('category')}")
    if written is not None:
        return Delivered("created" if written.get("new") else "updated", reference=str(written["id"]))
    # 2xx with neither results nor errors has been seen: it is no success.
    return Delivered("written") if is_whole else Unknown("HubSpot did not say what became of the contact")


def rows_of(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Give one of the lists of an answer."""
    found = body.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def trace_of(row: Mapping[str, Any], traces: Mapping[str, str], finder: str) -> str | None:
    """Say whose a written row is: by its trace, or by what it was found by."""
    properties = row.get("properties")
    value = properties.get(finder) if isinstance(properties, Mapping) else None
    # Another property's value may look like a record id, and would then name somebody else.
    found = row.get("id") if finder == RECORD_ID else value
    trace = row.get("objectWriteTraceId") or traces.get(str(found).lower())
    return str(trace) if trace else None


def traces_of(error: Mapping[str, Any], traces: Mapping[str, str]) -> list[str]:
    """Name the rows that an error is about: by their traces, or by their record ids."""
    context = error.get("context")
    if not isinstance(context, Mapping):
        return []
    named, ids = context.get("objectWriteTraceId"), context.get("ids")
    if isinstance(named, list):
        return [str(trace) for trace in named]
    keys = [str(one).lower() for one in ids] if isinstance(ids, list) else []
    return [traces[one] for one in keys if one in traces]
