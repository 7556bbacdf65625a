"""The last requests of each source and callback, with what became of them; written down every few seconds."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec
import structlog

from core.engine.event import Identifier
from core.errors import CuewireError
from core.ports import Clock, Store, Transaction
from core.ports.verdict import TURNED_AWAY, WELL, HeldRequest, Kind, RequestRow, SenderRow
from core.store.mention import Mentions

#: Of each sender so many requests are kept that went well, and as many of the others.
KEPT = 50

#: Requests that were not believed are held whole: of each sender so many, of so many bytes together, for so long.
HELD = 20
HELD_BYTES = 262_144
HELD_FOR = 24 * 3_600_000

#: Under keys that begin so they outlive a restart.
PREFIX = "requests:"

#: They are written down this often, in seconds: a crash costs the last ones.
WRITE_EVERY = 5.0

log = structlog.get_logger()

Place = tuple[Kind, str]


class Kept(msgspec.Struct):
    """What is written down of one sender."""

    rows: list[RequestRow]
    accepted_at: int | None = None
    held: list[HeldRequest] = []


@dataclass
class Sender:
    """The requests of one sender; those that went well do not push out the others."""

    well: deque[RequestRow] = field(default_factory=lambda: deque(maxlen=KEPT))
    amiss: deque[RequestRow] = field(default_factory=lambda: deque(maxlen=KEPT))
    held: deque[HeldRequest] = field(default_factory=lambda: deque(maxlen=HELD))
    accepted_at: int | None = None
    is_new: bool = False

    def add(self, row: RequestRow) -> None:
        """Keep one more."""
        (self.well if row.verdict in WELL else self.amiss).append(row)
        if row.verdict not in TURNED_AWAY:
            self.accepted_at = row.at

    def hold(self, request: HeldRequest) -> None:
        """Keep a request whole, and let go of the oldest that there is no room for."""
        self.held.append(request)
        while sum(len(one.body) for one in self.held) > HELD_BYTES:
            self.held.popleft()

    def rows(self) -> list[RequestRow]:
        """Give all that is kept, the newest last."""
        return sorted((*self.well, *self.amiss), key=by_place)


class Journal:
    """Keeps requests in memory for whoever asks, and a copy in the store for after a restart."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._senders: dict[Place, Sender] = {}
        self._last = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._load()

    def start(self) -> None:
        """Begin to write down."""
        self._thread.start()

    def stop(self) -> None:
        """Write down what is left, and end."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._try_to_write()

    def note(self, row: RequestRow) -> None:
        """Keep a request."""
        with self._lock:
            sender = self._senders.setdefault((row.kind, row.name), Sender())
            self._last += 1
            sender.add(msgspec.structs.replace(row, place=self._last))
            sender.is_new = True

    def hold(self, request: HeldRequest) -> None:
        """Keep a request whole that was not believed."""
        with self._lock:
            sender = self._senders.setdefault((request.kind, request.name), Sender())
            sender.hold(request)
            sender.is_new = True

    def held(self, *, name: str = "", ids: Collection[str] = ()) -> list[HeldRequest]:
        """Give what is held, the first to come first."""
        since = self._clock.now() - HELD_FOR
        with self._lock:
            found = [
                one
                for (_, sender_name), sender in self._senders.items()
                if not name or sender_name == name
                for one in sender.held
                if one.at > since and (not ids or one.id in ids)
            ]
        return sorted(found, key=lambda one: one.at)

    def let_go(self, request: HeldRequest) -> None:
        """Forget a request that was taken since."""
        with self._lock:
            sender = self._senders[request.kind, request.name]
            kept = [one for one in sender.held if one.id != request.id]
            sender.held.clear()
            sender.held.extend(kept)
            sender.is_new = True

    def forget(self, identifiers: Iterable[Identifier]) -> None:
        """Let go of every held request that names somebody, here and in the store."""
        mentions = Mentions(identifiers, by_word=True)
        with self._lock:
            for sender in self._senders.values():
                left = [one for one in sender.held if not is_about(one, mentions)]
                sender.is_new = sender.is_new or len(left) < len(sender.held)
                sender.held = deque(left, maxlen=HELD)
        self._try_to_write()

    def requests(
        self, *, name: str = "", verdicts: Iterable[str] = (), since: int | None = None, limit: int
    ) -> list[RequestRow]:
        """Give requests, the newest first."""
        wanted = frozenset(verdicts)
        with self._lock:
            found = [
                row
                for (_, one), sender in self._senders.items()
                if not name or one == name
                for row in sender.rows()
                if (not wanted or row.verdict in wanted) and (since is None or row.at >= since)
            ]
        return sorted(found, key=by_place, reverse=True)[:limit]

    def senders(self) -> list[SenderRow]:
        """Give every sender that was ever heard, in the order of their names."""
        with self._lock:
            found = [(place, sender.rows(), sender.accepted_at) for place, sender in self._senders.items()]
        return [
            SenderRow(name, kind, rows[-1].at, accepted_at, rows[-1].verdict)
            for (kind, name), rows, accepted_at in sorted(found, key=lambda one: one[0])
            if rows
        ]

    def gauges(self) -> dict[str, float]:
        """Give for how many seconds each sender has brought nothing that was taken."""
        now = self._clock.now()
        return {
            f"{one.kind}_age.{one.name}": max(0, now - one.accepted_at) / 1000
            for one in self.senders()
            if one.accepted_at is not None and one.kind != "unknown"
        }

    def write(self) -> None:
        """Write down what is new, and let go of what was held for long enough."""
        since = self._clock.now() - HELD_FOR
        with self._lock:
            for sender in self._senders.values():
                while sender.held and sender.held[0].at <= since:
                    sender.held.popleft()
                    sender.is_new = True
            found = {
                place: Kept(sender.rows(), sender.accepted_at, list(sender.held))
                for place, sender in self._senders.items()
                if sender.is_new
            }
            for place in found:
                self._senders[place].is_new = False
        if not found:
            return
        try:
            self._store.write(partial(_put, found=list(found.items()), now=self._clock.now()))
        except CuewireError:
            with self._lock:
                for place in found:
                    self._senders[place].is_new = True
            raise

    def _load(self) -> None:
        for key, text in self._store.write(lambda tx: tx.keys.starting(PREFIX)).items():
            kept = msgspec.json.decode(text, type=Kept)
            kind, _, name = key.removeprefix(PREFIX).partition(":")
            sender = self._senders[msgspec.convert(kind, Kind), name] = Sender()
            for row in kept.rows:
                sender.add(row)
                self._last = max(self._last, row.place)
            sender.accepted_at = kept.accepted_at
            sender.held.extend(kept.held)

    def _run(self) -> None:
        while not self._stopped.wait(WRITE_EVERY):
            self._try_to_write()

    def _try_to_write(self) -> None:
        try:
            self.write()
        except CuewireError as problem:
            log.error("journal_failed", reason=problem.message)


def by_place(row: RequestRow) -> int:
    """Give a request's turn among all."""
    return row.place


def is_about(request: HeldRequest, mentions: Mentions) -> bool:
    """Tell whether a held request may be about somebody: it names them, or its body is packed and not read here."""
    is_packed = any(name.lower() == "content-encoding" for name in request.headers)
    return is_packed or any(mentions.are_in(one) for one in (request.body, request.query.encode()))


def forget_held(tx: Transaction, identifiers: Iterable[Identifier], now: int) -> None:
    """Let go of every held request that names somebody, in the store of a server that does not run."""
    mentions = Mentions(identifiers, by_word=True)
    for key, text in tx.keys.starting(PREFIX).items():
        kept = msgspec.json.decode(text, type=Kept)
        left = [one for one in kept.held if not is_about(one, mentions)]
        if len(left) < len(kept.held):
            tx.keys.put(key, msgspec.json.encode(Kept(kept.rows, kept.accepted_at, left)).decode(), now)


def _put(tx: Transaction, *, found: Sequence[tuple[Place, Kept]], now: int) -> None:
    for (kind, name), kept in found:
        tx.keys.put(f"{PREFIX}{kind}:{name}", msgspec.json.encode(kept).decode(), now)
