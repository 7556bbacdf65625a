"""The fake keeping of people: aliases, identification, merging, subscription groups and deletion."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from cuewire.sandbox.braze.wire import answered, invalid, is_alias, objects_in, read_object
from cuewire.sandbox.contacts import Book

#: By what a request names those that are identified, and what it wants beside the external id.
IDENTIFIED = {
    "aliases_to_identify": "user_alias",
    "emails_to_identify": "email",
    "phone_numbers_to_identify": "phone",
}
DELETED = ("external_ids", "user_aliases", "braze_ids")
SUBSCRIBED = ("external_ids", "external_id", "emails", "phones")


def add_people(routes: Blueprint, book: Book) -> None:
    """Add the routes by which people are kept in order."""
    add_identities(routes, book)

    @routes.post("/v2/subscription/status/set")
    def subscribe() -> Response:
        groups = objects_in(read_object(), "subscription_groups")
        if not groups or not all(is_subscription(one) for one in groups):
            return invalid("Invalid subscription group ID")
        for one in groups:
            key = " ".join(str(one[name]) for name in ("subscription_group_id", *SUBSCRIBED) if name in one)
            book.of("subscription").upsert(key, one)
        return answered(201, message="success")

    @routes.post("/users/delete")
    def delete() -> Response:
        body = read_object()
        named = [name for name in DELETED if body.get(name)]
        people = body[named[0]] if len(named) == 1 else []
        if not isinstance(people, list) or not 0 < len(people) <= 50:
            return invalid("Exactly one of 'external_ids', 'user_aliases', 'braze_ids' must be given")
        for one in people:
            book.of("deleted").upsert(str(one), {named[0]: one})
        return answered(201, deleted=len(people), message="success")


def add_identities(routes: Blueprint, book: Book) -> None:
    """Add the routes that tie names to people."""

    @routes.post("/users/alias/new")
    def alias() -> Response:
        # The recorded requests nest the alias, and were processed all the same.
        aliases = [one.get("user_alias", one) for one in objects_in(read_object(), "user_aliases")]
        if not aliases or not all(is_alias(one) for one in aliases):
            return invalid("'user_aliases' must be an array of up to 50 aliases")
        for one in aliases:
            book.of("alias").upsert(f"{one['alias_label']} {one['alias_name']}", one)
        return answered(201, aliases_processed=len(aliases), message="success")

    @routes.post("/users/identify")
    def identify() -> Response:
        body = read_object()
        found = [(kind, one) for kind in IDENTIFIED for one in objects_in(body, kind)]
        if not found or not all(is_identified(*pair) for pair in found):
            return invalid("Valid users to identify must be given")
        for kind, one in found:
            book.of("identified").upsert(str(one[IDENTIFIED[kind]]), one)
        return answered(201, aliases_processed=len(found), message="success")

    @routes.post("/users/merge")
    def merge() -> Response:
        updates = objects_in(read_object(), "merge_updates")
        if not updates or not all(
            one.get("identifier_to_merge") and one.get("identifier_to_keep") for one in updates
        ):
            return invalid("'merge_updates' must be an array of objects")
        for one in updates:
            book.of("merged").upsert(str(one["identifier_to_merge"]), one)
        return answered(202, message="success")


def is_identified(kind: str, one: dict[str, Any]) -> bool:
    """Say whether somebody can be identified so."""
    needed = () if kind == "aliases_to_identify" else ("prioritization",)
    return all(one.get(name) for name in ("external_id", IDENTIFIED[kind], *needed))


def is_subscription(one: dict[str, Any]) -> bool:
    """Say whether a change of a subscription group can be carried out; no group's id holds the word non-existing."""
    is_known = one.get("subscription_group_id") and "non-existing" not in str(one["subscription_group_id"])
    has_people = any(one.get(name) for name in SUBSCRIBED) and not (one.get("emails") and one.get("phones"))
    return bool(is_known and has_people) and one.get("subscription_state") in ("subscribed", "unsubscribed")
