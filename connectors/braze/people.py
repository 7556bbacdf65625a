"""Who is who in Braze: aliases, identification, merging, subscription groups and deletion. All may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connectors.braze.api import Api, read_answer
from connectors.braze.person import LATEST, alias, identifier
from connectors.rows import Rows
from connectors.value import plain_text
from core.ports import DeliveryRow, Outcome, Unknown

#: People in one request.
MOST = 50

#: What a request calls those that are identified, by how they are named.
TO_IDENTIFY = {
    "user_alias": "aliases_to_identify",
    "email": "emails_to_identify",
    "phone": "phone_numbers_to_identify",
}
PLURALS = {
    "external_id": "external_ids",
    "braze_id": "braze_ids",
    "user_alias": "user_aliases",
    "email": "emails",
    "phone": "phones",
}
OF_ERASED = ("external_id", "braze_id", "user_alias")
OF_SUBSCRIBED = ("external_id", "email", "phone")

Body = Callable[[Rows], dict[str, Any]]


def add_aliases(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Give people further names."""

    def body(rows: Rows) -> dict[str, Any]:
        return {"user_aliases": [new_alias(row) for row in rows]}

    return _change(api, batch, "/users/alias/new", body)


def identify(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Give an external id to people who have none."""

    def body(rows: Rows) -> dict[str, Any]:
        kind = TO_IDENTIFY[kind_of(rows[0], tuple(TO_IDENTIFY))]
        return {kind: [unidentified(row) for row in rows], "merge_behavior": behaviour(rows[0])}

    def group(row: DeliveryRow) -> str:
        return f"{kind_of(row, tuple(TO_IDENTIFY))} {behaviour(row)}"

    return _change(api, batch, "/users/identify", body, group)


def merge(api: Api, row: DeliveryRow) -> Outcome:
    """Merge one person into another; alone, for Braze keeps no order among several."""
    kept = identifier(row.fields, ("external_id", "user_alias"))
    update = {"identifier_to_merge": merged(row), "identifier_to_keep": kept}
    return read_answer(api.post("/users/merge", {"merge_updates": [update]}), "merge_updates", 1)[0]


def set_subscriptions(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Put people into subscription groups, or take them out."""

    def body(rows: Rows) -> dict[str, Any]:
        return {"subscription_groups": [subscription(row) for row in rows]}

    return _change(api, batch, "/v2/subscription/status/set", body, lambda row: kind_of(row, OF_SUBSCRIBED))


def erase(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Delete people, those who are named in the same way in one request."""

    def body(rows: Rows) -> dict[str, Any]:
        kind = kind_of(rows[0], OF_ERASED)
        return {PLURALS[kind]: [identifier(row.fields, (kind,))[kind] for row in rows]}

    return _change(api, batch, "/users/delete", body, lambda row: kind_of(row, OF_ERASED))


def new_alias(row: DeliveryRow) -> dict[str, str]:
    """Write a new alias."""
    names = ("external_id", "alias_name", "alias_label")
    return {name: plain_text(row.fields[name]) for name in names if row.fields.get(name) not in (None, "")}


def unidentified(row: DeliveryRow) -> dict[str, Any]:
    """Write whom an external id is given to."""
    named = identifier(row.fields, tuple(TO_IDENTIFY))
    made = {"external_id": plain_text(row.fields["external_id"]), **named}
    return made if "user_alias" in named else {**made, "prioritization": ["unidentified", LATEST]}


def behaviour(row: DeliveryRow) -> str:
    """Say what becomes of what was known of the person."""
    return str(row.fields.get("merge_behavior") or "merge")


def merged(row: DeliveryRow) -> dict[str, Any]:
    """Name the person that is gone after a merge; empty where nobody is named."""
    given = row.fields.get("merged_external_id")
    if given not in (None, ""):
        return {"external_id": plain_text(given)}
    found = alias(row.fields.get("merged_user_alias"))
    return {"user_alias": found} if found else {}


def subscription(row: DeliveryRow) -> dict[str, Any]:
    """Write one person's place in a subscription group."""
    kind = kind_of(row, OF_SUBSCRIBED)
    return {
        "subscription_group_id": plain_text(row.fields["subscription_group_id"]),
        "subscription_state": str(row.fields["status"]),
        PLURALS[kind]: [identifier(row.fields, (kind,))[kind]],
    }


def kind_of(row: DeliveryRow, names: Sequence[str]) -> str:
    """Say by which identifier a person is named."""
    return next(iter(identifier(row.fields, names)))


def _change(
    api: Api,
    batch: Sequence[DeliveryRow],
    path: str,
    body: Body,
    group: Callable[[DeliveryRow], str] = lambda _row: "",
) -> list[Outcome]:
    """Send rows together, and alone where Braze names an error but not whose it is."""

    def call(rows: Rows) -> list[Outcome]:
        answer = api.post(path, body(rows))
        outcomes = read_answer(answer, path, len(rows))
        if answer.get("errors") and len(rows) > 1 and isinstance(outcomes[0], Unknown):
            return [outcome for row in rows for outcome in _change(api, [row], path, body, group)]
        return outcomes

    return api.together(batch, call, limit=MOST, key=lambda row: row.id, group=group)
