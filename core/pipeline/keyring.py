"""The keys that admins make while the server runs: shown once, kept as hashes, each with its rights and its quota."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from core.errors import BadRequest, NotFound, Throttled
from core.ports import Clock, Store, Transaction
from core.ports.access import SCOPES, AccessKey, Kind

#: The named value that holds all keys: there are few of them.
PLACE = "access_keys"
MOST = 1_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")

#: How a key's text begins, so that whoever finds one knows what it is.
PREFIXES: dict[Kind, str] = {"server": "cws_", "browser": "cwb_", "api": "cwa_"}
MINUTE = 60_000

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[AccessKey])


class Wanted(NamedTuple):
    """What somebody asks a key for."""

    name: str
    kind: Kind
    source: str = ""
    scopes: tuple[str, ...] = ()
    quota: int = 0
    expires_at: int | None = None


class KeyRing:
    """Makes, finds and revokes keys; what is changed holds from its commit on."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._by_hash = {one.hash: one for one in store.write(_read)}
        self._meters: dict[str, Meter] = {}
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def create(self, wanted: Wanted, sources: Sequence[str]) -> tuple[AccessKey, str]:
        """Make a key; gives it and its text, which nobody can be shown again."""
        check(wanted, sources)
        text = PREFIXES[wanted.kind] + secrets.token_urlsafe(32)
        made = AccessKey(
            id=f"k_{secrets.token_hex(8)}",
            name=wanted.name,
            kind=wanted.kind,
            hash=digest(text),
            created_at=self._clock.now(),
            source=wanted.source,
            scopes=tuple(scope for scope in SCOPES if scope in wanted.scopes),
            quota=wanted.quota,
            expires_at=wanted.expires_at,
        )
        self._adopt(self._store.write(lambda tx: _add(tx, made)))
        return made, text

    def revoke(self, key_id: str) -> AccessKey:
        """Let a key open nothing any more."""
        now = self._clock.now()
        self._adopt(self._store.write(lambda tx: _revoke(tx, key_id, now)))
        return next(one for one in self.all() if one.id == key_id)

    def all(self) -> list[AccessKey]:
        """Give every key, the newest first."""
        return sorted(self._by_hash.values(), key=lambda one: (one.created_at, one.id), reverse=True)

    def last_used(self, key_id: str) -> int | None:
        """Tell when a key was last used since the server began to run."""
        return self._used.get(key_id)

    def find(self, text: str) -> AccessKey | None:
        """Give the key that a text is, while it is good."""
        found = self._by_hash.get(digest(text)) if text.startswith(tuple(PREFIXES.values())) else None
        now = self._clock.now()
        if found is None or not found.is_good(now):
            return None
        self._used[found.id] = now
        return found

    def spend(self, key: AccessKey, count: int = 1) -> None:
        """Count events or calls against a key's quota; raises Throttled where it is used up."""
        if not key.quota:
            return
        with self._lock:
            meter = self._meters.setdefault(key.id, Meter(key.quota))
            wait = meter.spend(count, self._clock.now())
        if wait:
            raise Throttled(
                f"The key {key.name} is used for more than {key.quota:,} events or calls a minute.",
                retry_after=wait,
                hint="Send more slowly, or ask for a key with a larger quota.",
            )

    def _adopt(self, keys: list[AccessKey]) -> None:
        self._by_hash = {one.hash: one for one in keys}


class Meter:
    """Fills with a minute's quota in a minute; what is larger than all of it passes when it is full."""

    def __init__(self, quota: int) -> None:
        self.quota = quota
        self._left = float(quota)
        self._at: int | None = None

    def spend(self, count: int, now: int) -> int:
        """Take as many, or say after how many seconds to come again."""
        since = now if self._at is None else self._at
        self._left = min(self.quota, self._left + max(0, now - since) * self.quota / MINUTE)
        self._at = max(since, now)
        needed = min(count, self.quota)
        if self._left >= needed:
            self._left -= count
            return 0
        return max(1, -int(-(needed - self._left) * MINUTE // (self.quota * 1_000)))


def digest(text: str) -> str:
    """Hash a key's text; it is random enough for a plain hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check(wanted: Wanted, sources: Sequence[str]) -> None:
    """Refuse a key that would open nothing, or more than is said."""
    if not NAME.fullmatch(wanted.name):
        raise BadRequest(
            "is no name for a key", field="name", hint="1 to 80 letters, digits, blanks, dots, - and _"
        )
    if wanted.kind not in PREFIXES:
        raise BadRequest("is no kind of key", field="kind", hint=f"use one of {', '.join(PREFIXES)}")
    if wanted.quota < 0:
        raise BadRequest(
            "is below 0", field="quota", hint="how many events or calls a minute; 0 for any number"
        )
    if wanted.kind == "api":
        _check_scopes(wanted)
    elif wanted.source not in sources:
        hint = f"name the source whose events it brings: {', '.join(sorted(sources))}"
        raise BadRequest(f"there is no source {wanted.source[:80]!r}", field="source", hint=hint)
    elif wanted.scopes:
        hint = "a sender's key has a source, and no scopes"
        raise BadRequest("is for keys of the API", field="scopes", hint=hint)


def _check_scopes(wanted: Wanted) -> None:
    if wanted.source:
        raise BadRequest("is for keys of senders", field="source", hint="a key of the API has scopes instead")
    unknown = [scope for scope in wanted.scopes if scope not in SCOPES]
    if unknown or not wanted.scopes:
        told = f"there is no scope {unknown[0][:80]!r}" if unknown else "the key may do nothing"
        raise BadRequest(told, field="scopes", hint=f"use some of {', '.join(SCOPES)}")


def _read(tx: Transaction) -> list[AccessKey]:
    return _decoder.decode(tx.keys.get(PLACE) or "[]")


def _save(tx: Transaction, keys: list[AccessKey], now: int) -> list[AccessKey]:
    tx.keys.put(PLACE, _encoder.encode(keys).decode(), now)
    return keys


def _add(tx: Transaction, made: AccessKey) -> list[AccessKey]:
    held = _read(tx)
    if any(one.name == made.name and one.is_good(made.created_at) for one in held):
        hint = "revoke that one, or give this one another name"
        raise BadRequest(f"there is a key {made.name!r} already", field="name", hint=hint)
    if len(held) >= MOST:
        raise BadRequest(f"there are {MOST:,} keys already", field="name", hint="each key ever made is kept")
    return _save(tx, [*held, made], made.created_at)


def _revoke(tx: Transaction, key_id: str, now: int) -> list[AccessKey]:
    held = _read(tx)
    if all(one.id != key_id for one in held):
        raise NotFound(f"There is no key {key_id[:80]!r}.", hint="GET /api/keys lists them.")
    changed = [
        msgspec.structs.replace(one, revoked_at=now) if one.id == key_id and one.revoked_at is None else one
        for one in held
    ]
    return _save(tx, changed, now)
