"""One organisation: a session that is renewed once where it is over, and calls to its API."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from connectors.salesforce.access import HOSTS
from core.ports import Outcome

if TYPE_CHECKING:
    import requests

#: Named here, or the SDK's own default would change what we send with its next release.
API_VERSION = "62.0"


class Org:
    """Call Salesforce; a failure is raised with its answer, and ``read_error`` says what it means."""

    def __init__(
        self,
        base_url: str,
        *,
        sign_in: Callable[[requests.Session], Any],
        read_error: Callable[[Exception], Outcome],
    ) -> None:
        from connectors.transport import OneHost, open_session  # requests is slow to import

        # Its hook raises for every answer but 2xx: the SDK never sees a 401, and so never logs in by itself.
        self.session = open_session(base_url)
        self.session.auth = as_it_is
        self.session.mount("https://", OneHost(HOSTS, base_url))
        self.read_error = read_error
        self._sign_in = sign_in
        self._signing_in = threading.Lock()
        self._client: Any = None

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API, and once more where the session was over; 204 is None."""
        from requests import HTTPError, codes

        client = self.signed_in()
        # The SDK takes any attribute for an object's name, and only this method leaves the path to us.
        options = {} if body is None else {"json": body}
        try:
            return client.restful(path, method=method, **options)
        except HTTPError as error:
            if error.response.status_code != codes.unauthorized:
                raise
        return self.signed_in(instead_of=client).restful(path, method=method, **options)

    def signed_in(self, *, instead_of: Any = None) -> Any:
        """Give a client with a session, new where the one given is over; one thread signs in for all."""
        with self._signing_in:
            if self._client is None or self._client is instead_of:
                self._client = None
                self._client = self._sign_in(self.session)
            return self._client

    def token(self) -> str:
        """Give the session's token, for taking it out of texts."""
        return str(self._client.session_id) if self._client else ""


def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request's Authorization alone; without this, requests would let ~/.netrc replace it."""
    return request
