"""What Salesforce says of our sign-in and of the fields that the mappings write; it is only read."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from connectors.salesforce.org import API_VERSION, Org
from connectors.salesforce.record import NAMED
from core.ports import Inspected, Written

#: What each action writes to, where its fields do not name it.
OBJECTS = {
    "upsert_contact": "Contact",
    "upsert_lead": "Lead",
    "add_to_campaign": "Contact",
    "create_task": "Contact",
}
OPEN = ("upsert_contact", "upsert_lead", "upsert_record", "publish_event")

#: The field that names the object, of actions that write to any.
NAMED_BY = {"upsert_record": "object", "publish_event": "event"}

#: How the API names of platform events end; they are only ever created, and have no access by field.
EVENT = "__e"

#: Salesforce's type for each type that ``types`` may give a field.
TYPES: Mapping[str, dict[str, Any]] = {
    "date": {"type": "Date"},
    "time": {"type": "DateTime"},
    "number": {"type": "Number", "precision": 18, "scale": 2},
    "boolean": {"type": "Checkbox", "defaultValue": "false"},
    "text": {"type": "Text", "length": 255},
}


def inspect(org: Org, written: Written, *, host: str) -> list[Inspected]:
    """Sign in, then have each object described that is written to."""
    org.signed_in()
    found = [Inspected("the sign-in")]
    for kind, wanted in wanted_of(written).items():
        fields = fields_of(org, kind)
        if fields is None:
            found.append(not_there(kind))
            continue
        for name, (is_key, type_) in wanted.items():
            found.append(told(kind, name, fields.get(name), is_key=is_key, type_=type_, host=host))
    return found


def fields_of(org: Org, kind: str) -> dict[str, Mapping[str, Any]] | None:
    """Have an object described: its fields by name; None where our user sees no such object."""
    from requests import HTTPError, codes  # slow to import

    try:
        described = org.call("GET", f"sobjects/{kind}/describe")
    except HTTPError as error:
        if error.response.status_code != codes.not_found:
            raise
        return None
    rows = described.get("fields") if isinstance(described, Mapping) else None
    return {str(one.get("name")): one for one in rows or () if isinstance(one, Mapping)}


def not_there(kind: str) -> Inspected:
    """Say that there is no such object, and where it is made: Salesforce has no single call for that."""
    access = "give the user's permission set access to it"
    if kind.endswith(EVENT):
        made = f"Setup > Platform Events: make one with the API name {kind}, then {access} (Create)"
    elif kind.endswith("__c"):
        made = f"Setup > Object Manager > Create > Custom Object: make {kind}, then {access}"
    else:
        made = access
    what = "the platform event" if kind.endswith(EVENT) else "the object"
    return Inspected(f"{what} {kind}", "Salesforce does not have it, or our user may not see it", made)


def wanted_of(written: Written) -> dict[str, dict[str, tuple[bool, str]]]:
    """Gather the fields by object: whether each is an external id, and its type."""
    wanted: dict[str, dict[str, tuple[bool, str]]] = {}
    for action, steps in written.items():
        for step in steps:
            naming = NAMED_BY.get(action, "person")
            kind = step.get(naming) or OBJECTS.get(action)
            if not kind:
                continue
            of_kind = wanted.setdefault(str(kind), {})
            types = step.get("types")
            for name in step if action in OPEN else ():
                if name not in NAMED and name != NAMED_BY.get(action):
                    type_ = types.get(name, "text") if isinstance(types, Mapping) else "text"
                    of_kind.setdefault(name, (False, str(type_)))
            if step.get("external_id_field"):
                of_kind[str(step["external_id_field"])] = (True, "text")
            if step.get("task_id_field"):
                wanted.setdefault("Task", {})[str(step["task_id_field"])] = (True, "text")
    return wanted


def told(
    kind: str, name: str, field: Mapping[str, Any] | None, *, is_key: bool, type_: str, host: str
) -> Inspected:
    """Say how a field stands."""
    what = f"the field {name} of {kind}" + (", by which records are found" if is_key else "")
    if field is None:
        problem = "Salesforce does not have it, or our user may not see it"
        return Inspected(what, problem, command(kind, name, is_key=is_key, type_=type_, host=host))
    if is_key and not field.get("externalId") and not field.get("idLookup"):
        return Inspected(what, "it is no External ID", "Setup > Object Manager: tick External ID and Unique")
    if kind.endswith(EVENT):
        is_closed = field.get("createable") is False
        return (
            Inspected(what, "only Salesforce writes it", "take it out of the step")
            if is_closed
            else Inspected(what)
        )
    if not is_key and field.get("updateable") is False:
        return Inspected(
            what, "our user may not write it", "give the user's permission set edit access to it"
        )
    return Inspected(what)


def command(kind: str, name: str, *, is_key: bool, type_: str, host: str) -> str:
    """Write the call that makes a field; a standard one can only be shown to our user."""
    if not name.endswith("__c"):
        return "give the user's permission set access to it"
    key = {"externalId": True, "unique": True} if is_key else {}
    metadata = {"label": name.removesuffix("__c").replace("_", " "), **TYPES.get(type_, TYPES["text"]), **key}
    body = {"FullName": f"{kind}.{name}", "Metadata": metadata}
    seen = "access to it: nobody sees a field that was made so"
    access = "Create access to the event" if kind.endswith(EVENT) else seen
    return (
        f"curl -X POST {host}/services/data/v{API_VERSION}/tooling/sobjects/CustomField"
        ' -H "Authorization: Bearer $SALESFORCE_ACCESS_TOKEN"'
        f" -H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body))}\n"
        f"then give the user's permission set {access}"
    )
