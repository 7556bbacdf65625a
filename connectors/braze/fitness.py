"""What keeps a delivery from going to Braze: what it would drop without a word, do twice, or do to everybody."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from connectors.braze.message import OF_MESSAGES, OF_STARTED
from connectors.braze.people import OF_ERASED, OF_SUBSCRIBED, TO_IDENTIFY, merged
from connectors.braze.person import EVERY, identifier
from connectors.value import whole
from core.engine.instant import parse_time
from core.ports import DeliveryRow

#: Attribute operators that count or append: a second send would do it twice.
UNREPEATABLE = {"inc", "add", "$add"}

#: By what each action names the person; add_alias needs nobody.
NAMED_BY = {
    "track_event": EVERY,
    "track_purchase": EVERY,
    "update_profile": EVERY,
    "trigger_campaign": OF_STARTED,
    "trigger_canvas": OF_STARTED,
    "send_transactional_email": OF_MESSAGES,
    "send_email": OF_MESSAGES,
    "send_message": OF_MESSAGES,
    "send_sms": OF_MESSAGES,
    "identify": tuple(TO_IDENTIFY),
    "merge_users": OF_MESSAGES,
    "set_subscription": OF_SUBSCRIBED,
    "erase": OF_ERASED,
}

MAPS = ("properties", "trigger_properties", "context")
STATES = ("subscribed", "unsubscribed")
BEHAVIOURS = ("merge", "none")


def unfit(delivery: DeliveryRow) -> str:
    """Say why a delivery cannot go to Braze as it is; empty when it can."""
    action, fields = delivery.action, delivery.fields
    if action == "update_profile":
        return problem_of_person(action, fields) or problem_of_attributes(fields)
    if fields.get("broadcast"):
        return "broadcast would write to everybody; name one person"
    for name in (*MAPS, "attributes"):
        if not isinstance(fields.get(name), Mapping | None):
            return f"the field {name} is not a map"
    return (
        problem_of_person(action, fields)
        or problem_of_attributes(fields.get("attributes") or {})
        or problem_of_choice(delivery)
        or problem_of_numbers(fields)
        or problem_of_time(fields)
    )


def problem_of_person(action: str, fields: Mapping[str, Any]) -> str:
    """Refuse what names nobody: Braze drops it, or takes it for everybody."""
    names = NAMED_BY.get(action)
    if names is None or identifier(fields, names):
        return ""
    return f"one of the fields {', '.join(names)} must name the person"


def problem_of_attributes(attributes: Mapping[str, Any]) -> str:
    """Refuse what counts or appends."""
    for name, value in attributes.items():
        if isinstance(value, Mapping) and UNREPEATABLE & value.keys():
            return f"the field {name} counts or appends, which a retry would do twice; set the value itself"
    return ""


def problem_of_choice(delivery: DeliveryRow) -> str:
    """Say what is wrong with a word of which Braze knows a few, or with a merge."""
    action, fields = delivery.action, delivery.fields
    if action == "set_subscription" and fields["status"] not in STATES:
        return f"the field status is none of {', '.join(STATES)}"
    if action == "identify" and fields.get("merge_behavior") not in (None, "", *BEHAVIOURS):
        return f"the field merge_behavior is none of {', '.join(BEHAVIOURS)}"
    if action == "merge_users":
        gone = merged(delivery)
        if not gone:
            return "one of the fields merged_external_id, merged_user_alias must name who is merged"
        if gone == identifier(fields, OF_MESSAGES):
            return "a person cannot be merged with itself"
    if fields.get("send_to_existing_only") is False and not fields.get("attributes"):
        return "send_to_existing_only: false needs the field attributes"
    return ""


def problem_of_numbers(fields: Mapping[str, Any]) -> str:
    """Say what is wrong with the numbers of a purchase."""
    price, count = fields.get("price"), whole(fields.get("quantity"))
    is_price = isinstance(price, int | float) and not isinstance(price, bool) and math.isfinite(price)
    if price is not None and not is_price:
        return "the field price is not a number"
    is_count = isinstance(count, int) and not isinstance(count, bool) and count > 0
    return "" if count is None or is_count else "the field quantity is not a whole number"


def problem_of_time(fields: Mapping[str, Any]) -> str:
    """Say what is wrong with the time of an event or a purchase."""
    if fields.get("time") in (None, "") or parse_time(fields["time"]) is not None:
        return ""
    return "the field time is not a time, such as 2027-01-15T08:00:00Z"
