"""Put the alerts of a running server together: what looks, what tells, and what both need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog

from connectors import build
from connectors.base import Destination
from connectors.notice import SENDGRID, Notices
from core.dispatch import Dispatcher
from core.engine.notify import KINDS
from core.pipeline import Pipeline
from core.ports import AlertRow, Clock, Notice, Store
from core.runners.alerts.notice import notice
from core.runners.alerts.picture import Camera
from core.runners.alerts.speaker import Speaker
from core.runners.alerts.watch import Watch
from core.runners.control import Control
from core.runners.timers import Timers
from cuewire.settings import Settings

log = structlog.get_logger()


class Alerting:
    """Looks what is wrong and tells whom the policy names, in every mode."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        pipeline: Pipeline,
        clock: Clock,
        *,
        dispatcher: Dispatcher,
        timers: Timers,
        control: Control,
        kinds: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._store = store
        self._pipeline = pipeline
        camera = Camera(
            store.read,
            dispatcher.metrics if settings.mode != "shadow" else None,
            timers=timers.overdue,
            delay=pipeline.delays.high,
            stopped=lambda: control.stopped,
        )
        self.teller = Notices(
            settings.values, mail_of(settings, kinds), insecure_hosts=settings.insecure_hosts
        )
        self.speaker = Speaker(store, clock, self.teller, self._worded)
        self.watch = Watch(store, clock, lambda: pipeline.rules, camera.take, self.speaker.wake)

    def start(self) -> None:
        """Begin to look and to tell; who cannot be told for want of a setting is named in the log."""
        for to in self._pipeline.rules.policy.notify.to:
            if missing := self.teller.missing(to):
                log.warning("alert_recipient_waits_for_settings", to=to, missing=missing)
        self.speaker.start()
        self.watch.start()

    def stop(self) -> None:
        """Stop looking, then telling."""
        self.watch.stop()
        self.speaker.stop()

    def gauges(self) -> dict[str, float]:
        """Give what ``/metrics`` shows: open alerts by kind, and how many messages could not be told so far."""
        found = self._store.read.open_alerts()
        return {
            **{f"alerts_open.{kind}": float(found.get(kind, 0)) for kind in KINDS},
            "alerts_untold": float(failing(self._store.read.untold())),
        }

    def _worded(self, row: AlertRow, occasion: str) -> Notice:
        return notice(row, occasion, server=self._settings.public_url, mode=self._settings.mode)


def failing(rows: Iterable[AlertRow]) -> int:
    """Count the messages that were tried and are still untold."""
    return sum(one.status == "waiting" and one.tries > 0 for row in rows for one in row.tellings)


def mail_of(settings: Settings, kinds: Mapping[str, str]) -> Destination:
    """Make a SendGrid of its own out of the first instance that has its settings; no mode holds its mail back."""
    names = [SENDGRID, *(name for name, kind in kinds.items() if kind == SENDGRID)]
    made = [
        build(
            name,
            SENDGRID,
            settings.destination(name),
            public_url=settings.public_url,
            insecure_hosts=settings.insecure_hosts,
        )
        for name in dict.fromkeys(names)
    ]
    return next((one for one in made if not one.missing_settings()), made[0])
