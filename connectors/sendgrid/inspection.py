"""What SendGrid says of our key; it is only read."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from core.ports import Inspected, Written

if TYPE_CHECKING:
    import requests

#: Scopes that each action needs.
SCOPES = {
    "send_email": ("mail.send",),
    "add_suppression": ("asm.groups.suppressions.create", "asm.suppressions.global.create"),
    "remove_suppression": ("asm.groups.suppressions.delete", "asm.suppressions.global.delete"),
}


def inspect(session: requests.Session, written: Written, base_url: str) -> list[Inspected]:
    """Ask for the scopes of the key."""
    from connectors.transport import TIMEOUT, json_object  # requests is slow to import

    held = json_object(session.get(f"{base_url}/v3/scopes", timeout=TIMEOUT)).get("scopes")
    known = [str(one) for one in held] if isinstance(held, list) else []
    needed = dict.fromkeys(scope for action in written for scope in SCOPES.get(action, ()))
    missing = [scope for scope in needed if scope not in known]
    if not missing:
        return [Inspected("the key's scopes")]
    body = shlex.quote(json.dumps({"name": "cuewire", "scopes": sorted({*known, *missing})}))
    mend = (
        f'curl -X PUT {base_url}/v3/api_keys/$API_KEY_ID -H "Authorization: Bearer $SENDGRID_ADMIN_KEY"'
        f" -H 'Content-Type: application/json' -d {body}"
    )
    return [Inspected("the key's scopes", f"the key lacks {', '.join(missing)}", mend)]
