"""Write an app's definitions into HubSpot; what is there already stays or is brought up to date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from connectors.setting import check_address, is_loopback
from core.errors import OperatorError
from cuewire.connect.hubspot import is_there

TIMEOUT = 30
BASE_URL = "https://api.hubapi.com"
LONGEST = 300


class Developer:
    """Calls HubSpot as the developer account that owns the app."""

    def __init__(self, app_id: str, key: str, base_url: str) -> None:
        check_address(base_url, setting="CUEWIRE_HUBSPOT_BASE_URL", insecure_hosts=frozenset())
        self._app_id = app_id
        self._key = key
        self._base_url = base_url.rstrip("/")

    def create(self, told: Mapping[str, Any]) -> list[str]:
        """Create or update the step, the address and the subscriptions; gives what was done, line by line."""
        done = [self._step(told["action"])]
        self._call("PUT", f"/webhooks/v3/{self._app_id}/settings", told["webhooks"])
        done.append(f"webhooks go to {told['webhooks']['targetUrl']}")
        path = f"/webhooks/v3/{self._app_id}/subscriptions"
        found = self._rows(path)
        for one in told["subscriptions"]:
            name = " ".join(str(one[part]) for part in ("eventType", "propertyName") if one.get(part))
            if is_there(one, found):
                done.append(f"subscription {name}: was there")
            else:
                self._call("POST", path, one)
                done.append(f"subscription {name}: created")
        return done

    def _step(self, action: Mapping[str, Any]) -> str:
        path = f"/automation/v4/actions/{self._app_id}"
        rows = self._rows(path)
        old = next((one for one in rows if one.get("actionUrl") == action["actionUrl"]), None)
        if old is None:
            self._call("POST", path, action)
            return "step: created; publish it once you have tried it"
        # What has been published stays so.
        kept = {name: value for name, value in action.items() if name != "published"}
        self._call("PATCH", f"{path}/{old['id']}", kept)
        return "step: brought up to date"

    def _rows(self, path: str) -> list[dict[str, Any]]:
        found = self._call("GET", path).get("results")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = not is_loopback(self._base_url)
            try:
                answer = session.request(
                    method,
                    self._base_url + path,
                    params={"hapikey": self._key},
                    json=body,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                raise OperatorError(
                    f"HubSpot does not answer: {type(error).__name__}.", hint="Try again later."
                ) from None
        if not 200 <= answer.status_code < 300:
            said = answer.text.strip().replace(self._key, "***")[:LONGEST]
            raise OperatorError(
                f"HubSpot answers {answer.status_code} to {method} {path}: {said}",
                hint="Check CUEWIRE_HUBSPOT_APP_ID and CUEWIRE_HUBSPOT_DEVELOPER_KEY.",
            )
        try:
            found = answer.json() if answer.content else {}
        except ValueError:
            found = {}
        return found if isinstance(found, dict) else {}
