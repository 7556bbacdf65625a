"""Small real ports in memory, so that the HTTP side is tested as it runs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from edge.reader import NOW, MemoryReader
from flask import Flask
from flask.testing import FlaskClient

from core.engine.rule import IdentifierRule, IdentityRules, RuleSet, SourceMapping
from core.errors import Conflict, NotFound
from core.ports import (
    Delivered,
    RawEvent,
    Rejected,
    SetAside,
)
from core.secret import Secret
from webhooks.api.port import Compiled, CompileMappings, ControlPort, NoControl
from webhooks.app import create_app
from webhooks.services import Fetch, Limits, Services, fetch_nothing

WRITE_KEY = "wk-of-tests"
SHARED_SECRET = "shared-secret-of-tests"
API_KEY = "api-key-of-tests-with-more-than-32-characters"
AUTH_TOKEN = "auth-token-of-tests"
TEALIUM_TOKEN = "tealium-token-of-tests"
MPARTICLE_VALUE = "Bearer mparticle-value-of-tests"
PUBLIC_URL = "https://cuewire.example.com"

BASIC = {"Authorization": "Basic " + base64.b64encode(f"{WRITE_KEY}:".encode()).decode()}
BEARER = {"Authorization": f"Bearer {API_KEY}"}

SECRETS = {
    ("segment", "write_key"): f"{WRITE_KEY},wk-next",
    ("segment", "shared_secret"): SHARED_SECRET,
    ("segment_eu", "write_key"): "wk-eu",
    ("segment_eu", "shared_secret"): "secret-eu",
    ("tealium", "token"): TEALIUM_TOKEN,
    ("tealium", "accounts"): "acme, acme-eu",
    ("tealium_us", "token"): "token-us",
    ("tealium_us", "accounts"): "acme-us",
    ("mparticle", "authorization"): MPARTICLE_VALUE,
    ("mparticle", "key"): "mp-key",
    ("mparticle", "secret"): "mp-secret",
    ("mparticle_us", "authorization"): "value-us",
    ("mparticle_us", "key"): "key-us",
    ("mparticle_us", "secret"): "secret-us",
    ("twilio", "auth_token"): AUTH_TOKEN,
}


@dataclass(frozen=True)
class StillClock:
    """Always tells the same time."""

    at: int = NOW

    def now(self) -> int:
        """Give the one time."""
        return self.at


@dataclass
class MemoryIntake:
    """Keeps what was handed over; one messageId counts once per source."""

    calls: list[tuple[str, list[RawEvent | SetAside], int]] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    failure: Exception | None = None

    def accept(self, source: str, items: Sequence[RawEvent | SetAside], received_at: int) -> list[str]:
        """Keep the items, or fail as told."""
        if self.failure:
            raise self.failure
        self.calls.append((source, list(items), received_at))
        return [self._status(source, item) for item in items]

    def _status(self, source: str, item: RawEvent | SetAside) -> str:
        if isinstance(item, SetAside):
            return "set_aside"
        key = (source, str(item.call.get("messageId") or item.raw))
        status = "duplicate" if key in self.seen else "applied"
        self.seen.add(key)
        return status

    @property
    def items(self) -> list[RawEvent | SetAside]:
        """Give all items of all requests."""
        return [item for _, items, _ in self.calls for item in items]

    @property
    def events(self) -> list[Mapping[str, Any]]:
        """Give the calls that were readable."""
        return [item.call for item in self.items if isinstance(item, RawEvent)]

    @property
    def reasons(self) -> list[str]:
        """Give why items were set aside."""
        return [item.reason for item in self.items if isinstance(item, SetAside)]


@dataclass
class MemoryTriggers:
    """Knows one trigger and remembers keys."""

    fired: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    keys: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def fire(
        self,
        trigger: str,
        identifiers: Mapping[str, str],
        metadata: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        raw: bytes,
    ) -> str:
        """Fire it once per key."""
        if trigger != "welcome":
            raise NotFound(f"There is no trigger {trigger!r}.", field="trigger_type")
        known = self.keys.get(idempotency_key or "")
        if known and known[0] != raw:
            raise Conflict("The key came before with another body.", field="Idempotency-Key")
        if known:
            return known[1]
        self.fired.append((trigger, dict(identifiers), dict(metadata)))
        trigger_id = f"t_{len(self.fired)}"
        if idempotency_key:
            self.keys[idempotency_key] = (raw, trigger_id)
        return trigger_id


@dataclass
class MemorySettle:
    """Keeps what was settled; ``known`` names the deliveries that exist."""

    known: set[str] = field(default_factory=lambda: {"a_1"})
    settled: list[tuple[str, Delivered | Rejected, str, str]] = field(default_factory=list)

    def __call__(
        self, delivery_id: str, outcome: Delivered | Rejected, reference: str, vendor_status: str
    ) -> bool:
        """Keep it when the delivery is known."""
        if delivery_id not in self.known:
            return False
        self.settled.append((delivery_id, outcome, reference, vendor_status))
        return True


def rules() -> RuleSet:
    """Give rules with two sources of each kind, one of a kind that is not known and a few identifiers."""
    identifiers = (
        IdentifierRule("user_id", 1),
        IdentifierRule("email", 5, "email"),
        IdentifierRule("anonymous_id", 100),
    )
    sources = {
        name: SourceMapping(name, uses, {})
        for name, uses in (
            ("segment", "segment"),
            ("segment_eu", "segment"),
            ("tealium", "tealium"),
            ("tealium_us", "tealium"),
            ("mparticle", "mparticle"),
            ("mparticle_us", "mparticle"),
            ("shop", "unheard_of"),
        )
    }
    return RuleSet("v1", IdentityRules(identifiers), sources, {})


@dataclass
class Edge:
    """The app with its ports at hand."""

    app: Flask
    client: FlaskClient
    intake: MemoryIntake
    reader: MemoryReader
    triggers: MemoryTriggers
    settle: MemorySettle


def edge(
    *,
    secrets: Mapping[tuple[str, str], str] | None = None,
    gauges: Callable[[], Mapping[str, float]] = dict,
    waiting: Sequence[str] = (),
    limits: Limits | None = None,
    public_url: str = PUBLIC_URL,
    mode: str = "live",
    rule_set: RuleSet | None = None,
    compile: CompileMappings = lambda files: Compiled(rules(), ()),
    to_fill: int = 0,
    fetch: Fetch = fetch_nothing,
    control: ControlPort | None = None,
    ports: Mapping[str, Any] | None = None,
) -> Edge:
    """Build the app on ports in memory; ``ports`` takes the place of others, by their names in ``Services``."""
    held = SECRETS if secrets is None else secrets
    intake, reader, triggers, settle = MemoryIntake(), MemoryReader(), MemoryTriggers(), MemorySettle()
    services = Services(
        clock=StillClock(),
        intake=intake,
        reader=reader,
        triggers=triggers,
        settle=settle,
        rules=lambda: rule_set or rules(),
        api_keys=Secret(API_KEY),
        secrets=lambda instance, name: Secret(held.get((instance, name), "")),
        public_url=public_url,
        mode=mode,
        gauges=gauges,
        readiness=lambda: list(waiting),
        compile=compile,
        to_fill=lambda: to_fill,
        fetch=fetch,
        control=control or NoControl(),
    )
    services = replace(services, **(ports or {}))
    app = create_app(replace(services, limits=limits) if limits else services)
    return Edge(app, app.test_client(), intake, reader, triggers, settle)
