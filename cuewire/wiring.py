"""The one place that knows every part: builds them, starts them in order and stops them in reverse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from connectors import build, catalogue
from connectors.base import Destination as Adapter
from core.config.loader import Loaded, load
from core.config.watch import Watcher
from core.dispatch import Dispatcher, Redrive, settle
from core.dispatch.linked import Linked
from core.dispatch.opt_out import Heeded
from core.dispatch.redirect import Redirect, Redirected
from core.engine.governance import Permit
from core.engine.rule import RuleSet
from core.errors import OperatorError
from core.pipeline import Pipeline
from core.pipeline.coding import Coding
from core.pipeline.consenting import Consents
from core.pipeline.instead import Instead
from core.pipeline.keyring import KeyRing
from core.pipeline.linking import Links
from core.pipeline.pools import CodePools
from core.pipeline.preferring import Preferences
from core.pipeline.privacy_desk import PrivacyDesk
from core.pipeline.replaying import Replays
from core.ports import (
    Clock,
    Delivered,
    DeliveryRow,
    Destination,
    DestinationSpec,
    Rejected,
    Status,
    Store,
    Transaction,
)
from core.runners.audit.daily import Auditor
from core.runners.control import Control
from core.runners.filler import Filler
from core.runners.journal import Journal
from core.runners.patience import Patience
from core.runners.timers import Timers
from core.runners.workflows import Workflows
from core.store.database import FILE
from core.store.embedded import open_store
from cuewire.alerting import Alerting
from cuewire.check import PRESETS
from cuewire.fetching import fetch
from cuewire.gauges import gauges_of
from cuewire.settings import Settings
from cuewire.trying import compile_files
from webhooks.api.console_link import sign_in_address
from webhooks.app import create_app
from webhooks.preferences.link import PersonLinks
from webhooks.rereading import reread
from webhooks.services import Services

#: In-flight requests get this long, in seconds, when the server is asked to stop.
GRACE = 10.0

#: Timers later than this, in milliseconds, mean that the engine does not keep up.
LATE_TIMERS = 30_000

#: What the modes other than live mean, for the log.
MODES = {
    "shadow": "triggers decide, nothing is sent",
    "redirect": "messages go to the test recipients, data actions are not sent",
}

log = structlog.get_logger()


def load_mappings(folder: Path) -> Loaded:
    """Read a mappings folder against the destinations that this program has."""
    return load(folder, presets=PRESETS, catalogue=catalogue())


class Runtime:
    """A running Cuewire: receiver, engine, timers and dispatcher over one store."""

    def __init__(self, settings: Settings, mappings: Path, data: Path, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.redirect = Redirect(settings.test_recipients) if settings.mode == "redirect" else None
        self.watcher = Watcher(mappings, lambda: load_mappings(mappings), self.reload)
        loaded = load_mappings(mappings)
        if loaded.rules is None:
            raise OperatorError(
                "the mappings have errors:\n" + "\n".join(str(problem) for problem in loaded.problems),
                hint=f"mend them, then ask `cuewire check {mappings}`",
            )
        self.store: Store = open_store(data, clock=clock)
        self._adapters: dict[str, Adapter] = {}
        self.pipeline = Pipeline(self.store, clock, self._in_mode(loaded.rules))
        self.consents = Consents(self.pipeline)
        self.coding = Coding(self.pipeline, is_test=self.redirect is not None)
        self.timers = Timers(self.store, self.pipeline, clock)
        self.filler = Filler(self.store, self.pipeline)
        self.person_links = PersonLinks(settings.secret_keys, settings.public_url)
        self.instead = Instead(self.pipeline)
        self.links = Links(self.pipeline)
        self.dispatcher = Dispatcher(
            self.store,
            self._destinations(loaded),
            clock,
            self.may_send,
            paces=loaded.paces,
            refused=self.instead.refused,
            identified=self.links.delivered,
        )
        self.patience = Patience(self.store, clock, self.dispatcher.failing, self.instead.refused)
        self.redrive = Redrive(self.store, clock, self.dispatcher.specs, self.dispatcher.notify)
        self.workflows = Workflows(self.store, clock, self.dispatcher.notify)
        self.journal = Journal(self.store, clock)
        self.control = Control(self.store, self.pipeline, clock, self.dispatcher.notify)
        self.auditor = Auditor(self.store, self.pipeline, clock, data / FILE, self.dispatcher.notify)
        self.alerting = Alerting(
            settings,
            self.store,
            self.pipeline,
            clock,
            dispatcher=self.dispatcher,
            timers=self.timers,
            control=self.control,
            kinds=loaded.destinations,
        )
        self.services = self._services()
        self.app = create_app(self.services)

    def start(self) -> None:
        """Start what works in the background."""
        if self.settings.mode != "live":
            log.warning("mode", mode=self.settings.mode, meaning=MODES[self.settings.mode])
        if self.settings.mode != "shadow":
            self.store.on_commit.append(self._after_commit)
            self.dispatcher.start()
            self.patience.start()
        self.timers.start()
        self.filler.start()
        self.workflows.start()
        self.auditor.start()
        self.journal.start()
        self.alerting.start()
        self.watcher.start()

    def stop(self) -> None:
        """Stop in reverse; deliveries under way get a moment to hear their answer."""
        self.watcher.stop()
        self.alerting.stop()
        self.auditor.stop()
        self.journal.stop()
        self.workflows.stop()
        self.filler.stop()
        self.timers.stop()
        self.patience.stop()
        self.dispatcher.stop(GRACE)
        self.store.close()

    def reload(self, loaded: Loaded) -> None:
        """Put a whole valid set of mappings in force; a bad one changes nothing and says why."""
        for problem in loaded.problems:
            log.warning("mappings_problem", place=str(problem))
        if loaded.rules is None:
            log.error("mappings_refused", running=self.pipeline.rules.version)
            return
        self.pipeline.publish(self._in_mode(loaded.rules))
        self.filler.wake()
        self.dispatcher.add(self._destinations(loaded), loaded.paces)
        log.info("mappings_published", version=loaded.rules.version)

    def may_send(self, tx: Transaction, row: DeliveryRow, now: int) -> Permit:
        """Say whether a delivery may leave; judged in the transaction that commits its intent."""
        redirected = self.redirect.refusal(row) if self.redirect else ""
        if redirected or not row.channel:
            return Permit(refusal=redirected)
        found = self.coding.permit(tx, row, now)
        if found.is_unusable:
            self.instead.follow(tx, row, now, why=found.refusal)
        return found

    def settle(
        self, delivery_id: str, outcome: Delivered | Rejected, reference: str, vendor_status: str
    ) -> bool:
        """Record what a vendor's callback says of a delivery."""
        at = self.clock.now()
        status = Status.DELIVERED if isinstance(outcome, Delivered) else Status.REJECTED
        # What a person reads must say that the message did not go to whom it names.
        reason = f"{vendor_status}, redirected to a test recipient" if self.redirect else vendor_status
        final = not isinstance(outcome, Delivered) or outcome.is_final

        def job(tx: Transaction) -> bool:
            if isinstance(outcome, Rejected) and outcome.opted_out and self.redirect is None:
                row = tx.deliveries.get(delivery_id)
                if row is not None:
                    self.consents.opted_out_in(tx, row, outcome.reason)
            has_changed = settle(
                tx, delivery_id, status=status, reason=reason, reference=reference, at=at, final=final
            )
            if has_changed and status == Status.REJECTED and (row := tx.deliveries.get(delivery_id)):
                self.instead.refused(tx, row, at)
            return has_changed

        changed = self.store.write(job)
        self.dispatcher.notify()
        return changed

    def readiness(self) -> list[str]:
        """Name what keeps this server from doing its work."""
        lag = self.timers.overdue()
        return [f"timers are {lag} ms late"] if lag > LATE_TIMERS else []

    def gauges(self) -> dict[str, float]:
        """Give what ``/metrics`` shows beside the receiver's own counters."""
        return gauges_of(self)

    def console_link(self) -> str:
        """Give a new address that signs in to the console once."""
        return sign_in_address(self.services)[0]

    def _after_commit(self) -> None:
        if self.pipeline.take_news():
            self.dispatcher.notify()

    def _in_mode(self, rules: RuleSet) -> RuleSet:
        """Let every live trigger decide without sending when the whole server is in shadow mode."""
        if self.settings.mode != "shadow":
            return rules
        shadowed = {
            name: replace(trigger, status="shadow") if trigger.status == "live" else trigger
            for name, trigger in rules.triggers.items()
        }
        return replace(rules, triggers=shadowed, tellings=())

    def _destinations(self, loaded: Loaded) -> Mapping[str, Destination]:
        found = self._built(loaded)
        if self.redirect is None:
            return {name: Heeded(one, self.consents.opted_out) for name, one in found.items()}
        return {name: Redirected(one, self.redirect) for name, one in found.items()}

    def _built(self, loaded: Loaded) -> Mapping[str, Destination]:
        return {
            name: Linked(self._adapter(name, kind, loaded.specs[name]), self.person_links.address_of)
            for name, kind in loaded.destinations.items()
        }

    def _adapter(self, name: str, kind: str, spec: DestinationSpec) -> Destination:
        """Build an adapter once; one that is there takes over what the files now say of its actions."""
        if name in self._adapters:
            self._adapters[name].follow(spec)
            return self._adapters[name]
        made = build(
            name,
            kind,
            self.settings.destination(name),
            public_url=self.settings.public_url,
            insecure_hosts=self.settings.insecure_hosts,
            clock=self.clock,
            spec=spec,
        )
        self._adapters[name] = made
        return made

    def _services(self) -> Services:
        return Services(
            clock=self.clock,
            intake=self.pipeline,
            reader=self.store.read,
            triggers=self.pipeline,
            settle=self.settle,
            rules=lambda: self.pipeline.rules,
            api_keys=self.settings.api_keys,
            secrets=self.settings.secrets,
            public_url=self.settings.public_url,
            mode=self.settings.mode,
            session_keys=self.settings.secret_keys,
            gauges=self.gauges,
            readiness=self.readiness,
            compile=compile_files,
            to_fill=self.filler.left,
            auditor=self.auditor,
            consents=self.consents,
            control=self.control,
            redrive=self.redrive,
            replays=Replays(self.pipeline, reread),
            requests=self.journal,
            destinations=lambda: self.dispatcher.metrics()["destinations"],
            workflows=self.workflows,
            codes=CodePools(self.store, self.clock),
            keys=KeyRing(self.store, self.clock),
            privacy=PrivacyDesk(self.store, self.clock, self.journal.forget),
            fetch=fetch,
            preferences=Preferences(self.pipeline),
            person_links=self.person_links,
        )
