"""What every destination is built on: settings, actions as described data, and faults read the same way.

A destination never retries, sleeps, logs, stores or decides what to send: ``core.dispatch`` does, for all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from connectors.setting import check_address, read_settings, secret_values, setting_specs
from core.engine.telling import Hears
from core.ports import (
    ActionSpec,
    Clock,
    DeliveryRow,
    DestinationSpec,
    FieldSpec,
    Outcome,
    Rejected,
    Repeats,
    RetryLater,
    Unknown,
)

Method = TypeVar("Method", bound=Callable[..., list[Outcome]])

HOURS_24 = 24 * 3_600_000
REASON_LENGTH = 300

#: Classes whose action may simply be sent again after a lost answer.
REPEATABLE = (Repeats.IDEMPOTENT, Repeats.KEYED)


class WallClock:
    """Tell the machine's time."""

    def now(self) -> int:
        """Give milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000


def action(
    *,
    repeats: Repeats,
    fields: Sequence[FieldSpec],
    requires: Sequence[str] = (),
    channel: str = "",
    batch: int = 1,
    horizon: int = HOURS_24,
    open_fields: bool = False,
    gives: str = "",
    settle: int = 0,
) -> Callable[[Method], Method]:
    """Describe a method as an action: the fields it reads, and what a second send would do."""

    def describe(method: Method) -> Method:
        help_text = (method.__doc__ or "").strip().split("\n")[0]
        marked = tuple(replace(field, required=field.name in requires) for field in fields)
        spec = ActionSpec(method.__name__, help_text, repeats, marked, channel, batch, horizon, open_fields)
        spec = replace(spec, gives=gives, settle=settle)
        method.action_spec = spec  # type: ignore[attr-defined]  # a function carries its own description
        return method

    return describe


class Destination:
    """Call the vendor and read the answer; one class per vendor, one instance per configured destination."""

    title: ClassVar[str]
    Settings: ClassVar[type[Any]]
    hears: ClassVar[Hears | None] = None

    spec: DestinationSpec
    settings: Any

    def __init_subclass__(cls) -> None:
        """Collect the actions of an adapter into its description."""
        found = [getattr(method, "action_spec", None) for method in vars(cls).values()]
        actions = {spec.name: spec for spec in found if spec is not None}
        cls.spec = DestinationSpec(cls.__module__.rpartition(".")[2], cls.title, actions, hears=cls.hears)

    def __init__(
        self,
        name: str,
        values: Mapping[str, str],
        *,
        public_url: str = "",
        insecure_hosts: frozenset[str] = frozenset(),
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.public_url = public_url.rstrip("/")
        self.clock = clock or WallClock()
        self.settings, self._missing = read_settings(self.Settings, values)
        self.base_url: str = self.settings.base_url.rstrip("/")
        self.check_settings(insecure_hosts)
        self._connecting = threading.Lock()
        self._connected = False

    def check_settings(self, insecure_hosts: frozenset[str]) -> None:
        """Refuse what is set and cannot be right, before the server starts."""
        check_address(self.base_url, setting=self.variable("base_url"), insecure_hosts=insecure_hosts)

    def follow(self, spec: DestinationSpec) -> None:
        """Take over what mapping files now say of actions; where actions are code, they say nothing."""

    def connect(self) -> None:
        """Build the vendor's client once, at the first send; imports what is slow to import."""

    def refusal(self, delivery: DeliveryRow) -> str:
        """Say why a delivery cannot be sent as it is, before anything leaves; empty when it can."""
        return ""

    def variable(self, setting: str) -> str:
        """Name the environment variable of a setting."""
        return f"CUEWIRE_{self.name}_{setting}".upper().replace("-", "_")

    def missing_settings(self) -> list[str]:
        """Name the environment variables without which nothing can be sent."""
        return [self.variable(setting) for setting in self._missing]

    def send(self, action: str, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Call the action for each delivery, answers in the same order; whatever goes wrong is an outcome."""
        spec = self.spec.actions.get(action)
        if spec is None:
            return [Rejected(f"{self.title} has no action {action}") for _ in batch]
        outcomes: list[Outcome | None] = [self._unfit(spec, delivery) for delivery in batch]
        fit = [index for index, outcome in enumerate(outcomes) if outcome is None]
        for start in range(0, len(fit), spec.batch):
            part = fit[start : start + spec.batch]
            for index, outcome in zip(part, self._call(spec, [batch[i] for i in part]), strict=True):
                outcomes[index] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def read_error(self, error: Exception) -> Outcome:
        """Say what a failure means; ``Unknown`` where the request may have been carried out."""
        from connectors.transport import read_fault  # requests is slow to import

        return read_fault(error, title=self.title, now=self.clock.now(), keys=self.keys())

    def keys(self) -> str:
        """Name the secrets that are set, for whoever must mend them."""
        secrets = [spec.name for spec in setting_specs(self.Settings) if spec.secret]
        return " and ".join(self.variable(name) for name in secrets if getattr(self.settings, name))

    def perform(self, spec: ActionSpec, batch: list[DeliveryRow]) -> list[Outcome]:
        """Run an action: the method that bears its name."""
        outcomes: list[Outcome] = getattr(self, spec.name)(batch)
        return outcomes

    def scrub(self, text: str) -> str:
        """Take our own secrets out of a text that a vendor wrote."""
        for value in secret_values(self.settings):
            text = text.replace(value, "***")
        return text

    def _unfit(self, spec: ActionSpec, delivery: DeliveryRow) -> Rejected | None:
        """Refuse a delivery that lacks a required field or that the adapter cannot send."""
        for field in spec.fields:
            if field.required and delivery.fields.get(field.name) in (None, ""):
                return Rejected(f"the field {field.name} is missing")
        reason = self.refusal(delivery)
        return Rejected(reason) if reason else None

    def _call(self, spec: ActionSpec, batch: list[DeliveryRow]) -> list[Outcome]:
        """Run the action's method, and turn anything it raises into an outcome."""
        sending = False
        try:
            self._connect_once()
            sending = True
            outcomes = self.perform(spec, batch)
        # SDKs raise anything; once a request may have left, every surprise must end as an outcome.
        except Exception as error:  # noqa: BLE001
            fault = self.read_error(error) if sending else RetryLater(f"{self.title} cannot start: {error}")
            outcomes = [fault] * len(batch)
        return [self._finish(spec, outcome) for outcome in outcomes]

    def _connect_once(self) -> None:
        """Connect at the first send, in one thread."""
        with self._connecting:
            if not self._connected:
                self.connect()
                self._connected = True

    def _finish(self, spec: ActionSpec, outcome: Outcome) -> Outcome:
        """Retry a lost answer where a second send is harmless; scrub the reason, and only then cut it."""
        if isinstance(outcome, Unknown) and spec.repeats in REPEATABLE:
            outcome = RetryLater(outcome.reason, may_have_arrived=True)
        return replace(outcome, reason=self.scrub(outcome.reason)[:REASON_LENGTH])
