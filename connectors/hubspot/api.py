"""HubSpot's SDK as we use it: API objects held, a token for each request, answers read raw."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from connectors.hubspot.token import Fixed, Grant
from core.ports import Outcome

#: The object whose client carries those calls that the SDK has no method for.
CARRIER = "crm.contacts.batch_api"
JSON = {"Accept": "application/json", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What HubSpot answered: a status of 2xx, and a JSON object or nothing."""

    status: int
    body: dict[str, Any]


#: How HubSpot says that it took what it answers without a body; a page of HTML comes with another 2xx.
NO_CONTENT = 204


class Api:
    """Call HubSpot; each failure is raised as the SDK raises it, and ``read_error`` says what it means."""

    def __init__(self, base_url: str, read_error: Callable[[Exception], Outcome]) -> None:
        from hubspot import HubSpot as Client  # heavy: imported on first use

        self.read_error = read_error
        self.access: Fixed | Grant = Fixed("")
        # Without retry=False the SDK sleeps and tries again by itself, behind the back of our own policy.
        self._client = Client(access_token="", host=base_url, retry=False)
        self._held: dict[str, Any] = {}
        self._building = threading.Lock()

    def call(self, method: str, *arguments: Any, **options: Any) -> Answer:
        """Call a method of the SDK, such as ``crm.contacts.batch_api.upsert``."""
        holder, _, name = method.rpartition(".")
        bound = getattr(self._api(holder), name)
        return self._with_token(lambda common: bound(*arguments, **options, **common))

    def post(self, path: str, body: Any) -> Answer:
        """Call an address that the SDK has no method for, by its own client."""
        client = self._api(CARRIER).api_client

        def call(common: dict[str, Any]) -> Any:
            return client.call_api(
                path, "POST", header_params=dict(JSON), body=body, auth_settings=["oauth2"], **common
            )

        return self._with_token(call)

    def renew(self, **form: str) -> dict[str, Any]:
        """Ask for a new access token."""
        return read(self._api("oauth.tokens_api").create(**form, **raw())).body

    def _with_token(self, call: Callable[[dict[str, Any]], Any]) -> Answer:
        """Call with a token, and once more with a new one where HubSpot refuses it and there is a new one."""
        token = self.access.token()
        try:
            return read(call(raw() | {"_request_auth": bearer(token)}))
        # Each package of the SDK has an exception class of its own.
        except Exception as error:
            if getattr(error, "status", None) != 401:
                raise
            renewed = self.access.token(instead_of=token)
            if renewed == token:
                raise
        return read(call(raw() | {"_request_auth": bearer(renewed)}))

    def _api(self, path: str) -> Any:
        """Give an API object, built once: each access through the client would open a new pool of connections."""
        with self._building:
            if path not in self._held:
                self._held[path] = attrgetter(path)(self._client)
            return self._held[path]


def raw() -> dict[str, Any]:
    """Give the options of every call: the SDK has no timeout, and its models lose what they do not know."""
    from connectors.transport import TIMEOUT  # requests is slow to import

    # Its models turn a 201 into nothing, and a page of HTML into fields that are empty.
    return {"_request_timeout": TIMEOUT, "_preload_content": False}


def bearer(token: str) -> dict[str, str]:
    """Write a token as the SDK takes it for one request: the objects it is given to keep the first one."""
    return {"type": "oauth2", "in": "header", "key": "Authorization", "value": f"Bearer {token}"}


def read(answer: Any) -> Answer:
    """Read an answer as it came."""
    from connectors.transport import as_response, json_object  # requests is slow to import

    body = answer.data.decode(errors="replace")
    return Answer(answer.status, json_object(as_response(answer.status, answer.headers, body)))
