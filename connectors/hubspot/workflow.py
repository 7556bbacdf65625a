"""Steps of workflows that wait: what they put out, told when it is known."""

from __future__ import annotations

from connectors.hubspot.api import NO_CONTENT, Api
from connectors.hubspot.fault import is_missing
from connectors.hubspot.record import property_text
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, Unknown

CALLBACK = "callback_id"


def complete(api: Api, row: DeliveryRow) -> Outcome:
    """Let somebody go on who waits in a step; a second answer to the same step does no harm."""
    fields = {
        name: property_text(value)
        for name, value in row.fields.items()
        if name != CALLBACK and value is not None
    }
    body = {"outputFields": {"hs_execution_state": "SUCCESS", **fields}}
    callback = str(row.fields[CALLBACK])
    try:
        answer = api.call("automation.actions.callbacks_api.complete", callback, body)
    # Each package of the SDK has an exception class of its own.
    except Exception as error:
        if not is_missing(error):
            raise
        return Rejected("HubSpot knows nobody who waits there: the step is over, or its workflow is gone")
    if answer.status != NO_CONTENT:
        return Unknown("HubSpot gave an answer that does not say that the workflow goes on")
    return Delivered("told the workflow", reference=callback)
