"""A conversation with one vendor: a look-up before it, the request with its proof, a second one with a new token."""

from __future__ import annotations

import base64
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.webhook.exchange import Answered, Exchange, opening
from connectors.webhook.guard import PrivateAddressError, open_guarded_session
from connectors.webhook.judge import Reader, needs_refresh
from connectors.webhook.look import LookUps
from connectors.webhook.make import Made, UnfitError, make
from connectors.webhook.redirect import Follower
from connectors.webhook.sign import signed
from connectors.webhook.token import Tokens
from connectors.webhook.wire import StoppedError, fetch, fetch_before
from core.ports import ActionSpec, DeliveryRow, Outcome, Rejected, RetryLater
from core.ports.request import Described

#: Handed back in a header of this name, or as a property `cuewire_hops`, it ends circles.
HOPS_HEADER = "Cuewire-Hops"

if TYPE_CHECKING:
    from connectors.webhook import Webhook


class Talk:
    """Speaks for one destination, from all of its threads."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._settings = webhook.shown_settings()
        self._session = open_guarded_session(webhook.allowed_hosts)
        self._redirects = Follower(webhook.redirect_hosts, webhook.insecure_hosts)
        self._look_ups = LookUps(self._look_up, webhook.clock)
        token = webhook.preset.auth.token
        self._tokens = (
            Tokens(token, self._ask_for_token, clock=webhook.clock, title=webhook.title, keys=webhook.keys())
            if token
            else None
        )

    def send_one(self, spec: ActionSpec, described: Described, row: DeliveryRow) -> Outcome:
        """Send one delivery."""
        exchange = self._opening(spec, row)
        if described.look_up:
            made = self._proved(make(described.look_up.ask, exchange, self._webhook.address), self._token())
            exchange = exchange.having(lookup=self._look_ups.find(described.look_up, made, exchange))
        got = self._ask(described, exchange, row.id)
        return self._reader(spec, described).read(got, exchange)

    def send_rows(self, spec: ActionSpec, described: Described, rows: list[DeliveryRow]) -> list[Outcome]:
        """Send several deliveries in one request; raises where they are refused together."""
        exchange = self._with_rows(spec, described, rows)
        got = self._ask(described, exchange, rows[0].id if len(rows) == 1 else "")
        return self._reader(spec, described).read_rows(got, exchange, len(rows))

    def shared_part(self, spec: ActionSpec, described: Described, row: DeliveryRow) -> Hashable:
        """Give what a request is apart from its rows: those for which it is the same may travel together."""
        try:
            made = make(described.ask, self._opening(spec, row).having(rows=[]), self._webhook.address)
        except UnfitError:
            return row.id
        return (made.method, made.url, *made.headers.items(), made.body)

    def scrub(self, text: str) -> str:
        """Take the token out of a text."""
        token = self._tokens.known() if self._tokens else ""
        return text.replace(token, "***") if token else text

    def _opening(self, spec: ActionSpec, row: DeliveryRow) -> Exchange:
        named = frozenset(field.name for field in spec.fields)
        return opening(row, settings=self._settings, named=named)

    def _with_rows(self, spec: ActionSpec, described: Described, rows: list[DeliveryRow]) -> Exchange:
        added = [self._opening(spec, row).value(described.row) for row in rows]
        return self._opening(spec, rows[0]).having(rows=[{} if one is None else one for one in added])

    def _reader(self, spec: ActionSpec, described: Described) -> Reader:
        webhook = self._webhook
        return Reader(webhook.title, described.answer, spec.repeats, webhook.keys(), webhook.clock.now())

    def _ask(self, described: Described, exchange: Exchange, identifier: str) -> Answered:
        """Send the request, and once more where its token is over."""
        made, token = (
            self._counted(make(described.ask, exchange, self._webhook.address), exchange),
            self._token(),
        )
        got = self._fetch(self._proved(made, token, identifier))
        if self._tokens is None or not needs_refresh(described.answer, got, exchange):
            return got
        token = self._tokens.get(instead_of=token)
        return self._fetch(self._proved(made, token, identifier))

    def _fetch(self, made: Made) -> Answered:
        """Send the request, and follow where it is redirected to as far as that is allowed."""
        return self._redirects.fetch(lambda one: fetch(self._session, one), made)

    def _counted(self, made: Made, exchange: Exchange) -> Made:
        """Tell a receiver of the admin's own how many of our sends led here: it may call back in."""
        if not self._webhook.preset.signed:
            return made
        return replace(made, headers={**made.headers, HOPS_HEADER: str(exchange.delivery["hops"])})

    def _token(self) -> str:
        return self._tokens.get() if self._tokens else ""

    def _proved(self, made: Made, token: str, identifier: str = "") -> Made:
        """Add what proves that it is us, and which delivery it is."""
        headers = {**made.headers, **self._proof(token)}
        if identifier:
            headers["Idempotency-Key"] = identifier
            keys = self._webhook.keys_of_signature
            headers |= signed(keys, identifier, at=self._webhook.clock.now(), body=made.body)
        return replace(made, headers=headers)

    def _proof(self, token: str) -> dict[str, str]:
        auth, exchange = self._webhook.preset.auth, Exchange(settings=self._settings)
        found = {name: str(value) for name, value in (exchange.value(auth.headers) or {}).items()}
        bearer = token or exchange.value(auth.bearer)
        if bearer:
            found["Authorization"] = f"Bearer {bearer}"
        user = exchange.value(auth.user)
        if user is not None:
            pair = f"{user}:{exchange.value(auth.password) or ''}"
            found["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return found

    def _ask_for_token(self) -> tuple[Answered, Exchange]:
        auth = self._webhook.preset.auth
        assert auth.token is not None
        exchange = Exchange(settings=self._settings)
        made = make(auth.token.ask, exchange, self._webhook.address)
        return fetch_before(self._session, made, what="asking for a token"), exchange

    def _look_up(self, made: Made, timeout: float) -> Answered:
        got = fetch_before(self._session, made, what="the look-up before the send", timeout=timeout)
        if got.status == 401 and self._tokens:
            self._tokens.forget()
        return got


def read_failure(error: Exception, webhook: Webhook) -> Outcome | None:
    """Say what those failures mean that are this package's own."""
    if isinstance(error, UnfitError):
        return Rejected(str(error))
    if isinstance(error, StoppedError):
        return error.outcome
    if not isinstance(error, PrivateAddressError):
        return None
    return RetryLater(
        f"{error.host} is not an address of the public internet: if that is meant, name it in"
        f" {webhook.variable('private_hosts')}",
        pause=True,
    )
