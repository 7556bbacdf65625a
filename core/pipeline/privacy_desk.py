"""Where somebody sees to the requests of privacy while the server runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from core.engine.event import Identifier
from core.errors import BadRequest, Busy, Conflict, NotFound
from core.pipeline.parking import forget_parked
from core.pipeline.privacy import LONGEST, all_requests, close_erasures_of, closed, get, new_receipt, put
from core.ports import Clock, Store, Transaction
from core.ports.privacy import ERASURE, PrivacyRequest
from core.store.erasure import erase, forget_named, identifiers_of, is_sending
from core.store.transaction import EmbeddedTransaction

Forget = Callable[[Iterable[Identifier]], None]

NOBODY = "nobody here has any of its identifiers"


class PrivacyDesk:
    """Lists, fulfils and closes requests, each in one transaction of the writer.

    ``forget`` is told by what an erased person was known, for what is kept outside of it.
    """

    def __init__(self, store: Store, clock: Clock, forget: Forget = lambda identifiers: None) -> None:
        self._store = store
        self._clock = clock
        self._forget = forget

    def all(self) -> list[PrivacyRequest]:
        """Give every request, the last to come first."""
        return self._store.write(all_requests)

    def close(self, request_id: str, note: str) -> PrivacyRequest:
        """End a request with a word on what was done."""
        if not note.strip() or len(note) > LONGEST:
            raise BadRequest(
                f"must be a text of 1 to {LONGEST} characters", field="note", hint="say what was done"
            )
        return self._store.write(partial(self._close, request_id=request_id, note=note.strip()))

    def erase(self, request_id: str) -> PrivacyRequest:
        """Erase everyone who has one of the request's identifiers, and close it with a receipt."""
        done, named = self._store.write(partial(self._erase, request_id=request_id))
        self._forget(named)
        return done

    def _close(self, tx: Transaction, *, request_id: str, note: str) -> PrivacyRequest:
        found = closed(_open(tx, request_id), note, self._clock.now())
        put(tx, found, self._clock.now())
        return found

    def _erase(self, tx: Transaction, *, request_id: str) -> tuple[PrivacyRequest, set[Identifier]]:
        assert isinstance(tx, EmbeddedTransaction)
        now, receipt = self._clock.now(), new_receipt()
        found = _open(tx, request_id)
        if found.kind != ERASURE:
            raise Conflict(
                f"The request asks for {found.kind or 'nothing that is known'} and not for erasure.",
                hint="See to it, and close it with a note.",
            )
        pairs = [(ns, value) for ns, values in found.identifiers.items() for value in values]
        owners = sorted(set(tx.profiles.owners(pairs).values()))
        if any(is_sending(tx, owner) for owner in owners):
            raise Busy("A message to this person is leaving right now.", retry_after=5, hint="Ask again.")
        named = {Identifier(ns, value) for ns, value in pairs}
        for owner in owners:
            named |= identifiers_of(tx, owner)
            close_erasures_of(tx, owner, receipt, now)
            erase(tx, owner)
        forget_parked(tx, named)
        forget_named(tx, {Identifier(ns, value) for ns, value in pairs})
        done = closed(found, f"erased, receipt {receipt}" if owners else NOBODY, now)
        put(tx, done, now)
        return done, named


def _open(tx: Transaction, request_id: str) -> PrivacyRequest:
    found = get(tx, request_id)
    if found is None:
        raise NotFound(f"There is no request {request_id}.", hint="`cuewire privacy list` shows them.")
    if found.state == "closed":
        raise Conflict(
            "The request is closed already.", hint="It opens again where its source sends it again."
        )
    return found
