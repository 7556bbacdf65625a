"""What Braze says of our key: it cannot be asked for its permissions, so it is tried on what only reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.ports import Inspected, Written

if TYPE_CHECKING:
    import requests

#: What each action starts, the field that names it, and where it can be read.
STARTED = {
    "trigger_campaign": ("campaign_id", "campaigns"),
    "send_transactional_email": ("campaign_id", "campaigns"),
    "trigger_canvas": ("canvas_id", "canvas"),
}
MEND = "Braze > Settings > APIs and Identifiers > API Keys: a key with the permission {}"


def inspect(session: requests.Session, written: Written, base_url: str) -> list[Inspected]:
    """Try the key, then look at each campaign and canvas that the mappings name."""
    found = [tried(session, f"{base_url}/campaigns/list", "campaigns.list", "the key")]
    return [*found, *started(session, written, base_url)]


def started(session: requests.Session, written: Written, base_url: str) -> Iterator[Inspected]:
    """Look at what is started by a name that stands in the files."""
    for action, (field, kind) in STARTED.items():
        for name in dict.fromkeys(str(step[field]) for step in written.get(action, ()) if step.get(field)):
            address = f"{base_url}/{kind}/details?{field}={name}"
            yield tried(session, address, f"{kind}.details", f"the {field} {name}")


def tried(session: requests.Session, address: str, permission: str, what: str) -> Inspected:
    """Read something, and say what a refusal of it means; anything else is raised."""
    from requests import HTTPError

    from connectors.transport import TIMEOUT, vendor_message

    try:
        session.get(address, timeout=TIMEOUT)
    except HTTPError as error:
        said = vendor_message(error.response)
        if error.response.status_code not in (400, 401, 403, 404):
            raise
        if "Invalid API key" in said:
            return Inspected(what, "Braze does not know the key", MEND.format("of each action that you use"))
        if error.response.status_code in (400, 404):
            return Inspected(
                what, f"Braze does not have it: {said}", "name one of Braze's own in the mappings"
            )
        return Inspected(what, f"the key may not read it: {said}", MEND.format(permission), is_doubt=True)
    return Inspected(what)
