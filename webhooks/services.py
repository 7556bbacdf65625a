"""Everything the HTTP side needs from outside itself, handed over once by the wiring."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.engine.rule import RuleSet
from core.errors import Busy
from core.ports import Clock, Delivered, Intake, Reader, Rejected
from core.secret import Secret
from webhooks.api.port import (
    AuditPort,
    CodePort,
    CompileMappings,
    ConsentPort,
    ControlPort,
    KeyPort,
    NoAudit,
    NoCodes,
    NoConsents,
    NoControl,
    NoKeys,
    NoPrivacy,
    NoRedrive,
    NoWorkflows,
    PrivacyPort,
    RedrivePort,
    TriggerPort,
    WorkflowPort,
)
from webhooks.api.request_port import NoReplays, NoRequests, ReplayPort, RequestPort
from webhooks.console.link import SignInLinks
from webhooks.preferences.link import PersonLinks
from webhooks.preferences.port import NoPreferences, PreferencePort

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a request may be, in bytes and items."""

    event: int = 32 * KIB
    batch: int = 500 * KIB
    batch_items: int = 2_500
    array: int = 16 * MIB
    array_items: int = 4_000
    callback: int = 64 * KIB


class Fetch(Protocol):
    """Asks an address of a vendor, such as the one that confirms a subscription; raises Busy where none answers."""

    def __call__(self, address: str) -> tuple[int, bytes]:
        """Give the status and the body, redirects not followed."""


def fetch_nothing(address: str) -> tuple[int, bytes]:
    """Stand in where nothing may be asked."""
    raise Busy("This server asks nobody.")


class Settle(Protocol):
    """Takes a vendor's word on a delivery; a final state never moves back."""

    def __call__(
        self, delivery_id: str, outcome: Delivered | Rejected, reference: str, vendor_status: str
    ) -> bool:
        """Record it durably; False when no such delivery is known."""


@dataclass(frozen=True)
class Services:
    """The ports and settings that the app is built from.

    ``secrets`` gives an instance's setting (``segment``, ``write_key``); it is empty when it is not set.
    ``gauges`` gives what ``/metrics`` shows of the store, as ``decisions.fired``, ``deliveries.delivered`` or
    ``lag_seconds.timers``. ``readiness`` names what is not ready yet. ``mode`` is ``live``, ``shadow`` or ``redirect``.
    ``session_keys`` sign the console's sessions and ``links`` are the ways in to it. ``compile`` compiles mappings
    that are not in force, ``destinations`` says how each is doing, and ``to_fill`` counts the people whose measures are
    behind. ``person_links`` are the links of messages, and ``preferences`` takes what people say by them.
    """

    clock: Clock
    intake: Intake
    reader: Reader
    triggers: TriggerPort
    settle: Settle
    rules: Callable[[], RuleSet]
    api_keys: Secret
    secrets: Callable[[str, str], Secret]
    public_url: str
    gauges: Callable[[], Mapping[str, float]]
    readiness: Callable[[], Sequence[str]]
    compile: CompileMappings
    to_fill: Callable[[], int]
    auditor: AuditPort = field(default_factory=NoAudit)
    consents: ConsentPort = field(default_factory=NoConsents)
    control: ControlPort = field(default_factory=NoControl)
    redrive: RedrivePort = field(default_factory=NoRedrive)
    replays: ReplayPort = field(default_factory=NoReplays)
    requests: RequestPort = field(default_factory=NoRequests)
    destinations: Callable[[], Mapping[str, Mapping[str, Any]]] = dict
    codes: CodePort = field(default_factory=NoCodes)
    keys: KeyPort = field(default_factory=NoKeys)
    workflows: WorkflowPort = field(default_factory=NoWorkflows)
    privacy: PrivacyPort = field(default_factory=NoPrivacy)
    fetch: Fetch = fetch_nothing
    preferences: PreferencePort = field(default_factory=NoPreferences)
    person_links: PersonLinks = field(
        default_factory=lambda: PersonLinks(Secret(randomness.token_urlsafe(32)), "")
    )
    limits: Limits = Limits()
    mode: str = "live"
    session_keys: Secret = field(default_factory=lambda: Secret(randomness.token_urlsafe(32)))
    links: SignInLinks = field(default_factory=SignInLinks)
