"""The fake /users/track: counts what it processed, names the bad objects, never de-duplicates."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from cuewire.sandbox.braze.wire import IDENTIFIERS, answered, read_json

ARRAYS = ("attributes", "events", "purchases")
REQUIRED = {
    "attributes": (),
    "events": ("name", "time"),
    "purchases": ("product_id", "currency", "price", "time"),
}
OBJECT_LIMIT = 75


def add_track(routes: Blueprint) -> None:
    """Add the route of events, purchases and attributes."""

    @routes.post("/users/track")
    def users_track() -> Response:
        content, status = track(read_json())
        return answered(status, **content)


def find_errors(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Name each object that Braze would leave out, by its array and index."""
    return [
        {"type": problem, "input_array": array, "index": index}
        for array in ARRAYS
        for index, item in enumerate(body.get(array) or [])
        if (problem := problem_of(array, item))
    ]


def problem_of(array: str, item: Any) -> str:
    """Say what is wrong with one object; empty text means nothing."""
    if not isinstance(item, dict):
        return f"The {array} array must hold objects"
    if not any(item.get(name) for name in IDENTIFIERS):
        names = "', '".join(IDENTIFIERS[:-1])
        return f"Either '{names}' or '{IDENTIFIERS[-1]}' is required"
    missing = [name for name in REQUIRED[array] if item.get(name) in (None, "")]
    return f"'{missing[0]}' is required" if missing else ""


def track(body: Any) -> tuple[dict[str, Any], int]:
    """Process a /users/track body: what Braze answers, and with which status."""
    if not isinstance(body, dict):
        return {"message": "The request body must be a JSON object"}, 400
    arrays = {name: body.get(name) or [] for name in ARRAYS}
    if not all(isinstance(items, list) for items in arrays.values()) or not any(arrays.values()):
        return {"message": "Valid data must be provided in 'attributes', 'events', or 'purchases'"}, 400
    if sum(map(len, arrays.values())) > OBJECT_LIMIT:
        return {"message": f"A maximum of {OBJECT_LIMIT} objects is allowed per request"}, 400
    errors = find_errors(body)
    if len(errors) == sum(map(len, arrays.values())):
        return {"message": "Valid data must be provided", "errors": errors}, 400
    counts = {f"{name}_processed": len(items) for name, items in arrays.items() if items}
    for problem in errors:
        counts[f"{problem['input_array']}_processed"] -= 1
    return {"message": "success", **counts, **({"errors": errors} if errors else {})}, 201
