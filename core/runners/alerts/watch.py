"""Look regularly what is wrong, and keep it: an alert opens once and is cleared once, over restarts too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import structlog

from core.engine.digest import derive
from core.engine.notify import Notify
from core.engine.rule import RuleSet
from core.errors import CuewireError
from core.ports import AlertRow, Clock, Store, Telling, Transaction
from core.ports.alert import CLEARED, GIVEN_UP, OPENED
from core.runners.alerts.attendance import Attendance
from core.runners.alerts.judge import Finding, Picture, judge
from core.trace import place_of

#: It looks this often, in seconds.
LOOK_EVERY = 10.0

#: Alerts that are over are kept for so long, and looked through this often, in milliseconds.
KEPT, FORGET_EVERY = 90 * 24 * 3_600_000, 3_600_000

log = structlog.get_logger()

#: Takes the picture: when, since when the server runs, with which rules, and when it was not there.
Take = Callable[[int, int, RuleSet, Sequence[tuple[int, int]]], Picture]


class Watch:
    """One thread that looks, writes down what has begun and what is over, and wakes who tells of it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rules: Callable[[], RuleSet],
        take: Take,
        on_news: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._take = take
        self._on_news = on_news
        self._started_at = clock.now()
        self._attendance = Attendance(store, self._started_at)
        self._forgot_at = 0
        self._looking = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> list[Finding]:
        """Look once: open what is newly wrong, clear what no longer is, and give what is wrong."""
        # One at a time: an older picture must not undo what a newer one has shown.
        with self._looking:
            return self._look(self._clock.now(), self._rules())

    def _look(self, now: int, rules: RuleSet) -> list[Finding]:
        self._attendance.sign(now)
        picture = self._take(now, self._started_at, rules, self._attendance.away)
        notify = rules.policy.notify
        found = judge(picture, notify)
        begun = self._store.read.open_alerts()
        if found or begun:
            changed = self._store.write(lambda tx: settle(tx, found, notify, rules=rules, now=now))
            for row in changed:
                _log(row)
            if changed:
                self._on_news()
        self._forget(now)
        return found

    def _forget(self, now: int) -> None:
        if now - self._forgot_at >= FORGET_EVERY:
            self._forgot_at = now
            self._store.write(lambda tx: tx.alerts.forget(now - KEPT))

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.look()
            except CuewireError as problem:
                log.error("alerts_failed", reason=problem.message)
            except Exception as problem:  # noqa: BLE001 - a runner's loop: the next look must come all the same
                log.error("alerts_failed", place=place_of(problem))
            self._stopped.wait(LOOK_EVERY)


def settle(
    tx: Transaction, found: Iterable[Finding], notify: Notify, *, rules: RuleSet, now: int
) -> list[AlertRow]:
    """Open and clear, with a telling for each recipient in the same commit; gives the alerts that changed."""
    standing = {one.key: one for one in found}
    known = {row.key: row for row in tx.alerts.open()}
    changed = []
    for key, row in known.items():
        if key not in standing:
            row.cleared_at = now
            row.tellings += [Telling(one, CLEARED, now) for one in _heard(row)]
            tx.alerts.save(row)
            changed.append(row)
    for key, finding in standing.items():
        if key not in known and finding.sure:
            row = _opened(finding, recipients(finding, notify, rules), now)
            tx.alerts.add(row)
            changed.append(row)
    return changed


def recipients(finding: Finding, notify: Notify, rules: RuleSet) -> list[str]:
    """Name who is told: those of the policy, and the owner of a trigger that it is about."""
    if finding.kind not in notify.on:
        return []
    trigger = rules.triggers.get(finding.name) if finding.what == "trigger" else None
    owner = [f"email:{trigger.owner}"] if trigger is not None and trigger.owner else []
    return list(dict.fromkeys((*notify.to, *owner)))


def _opened(finding: Finding, to: Iterable[str], now: int) -> AlertRow:
    return AlertRow(
        derive("w", *finding.key, str(now)),
        *finding.key,
        reason=finding.reason,
        hint=finding.hint,
        opened_at=now,
        tellings=[Telling(one, OPENED, now) for one in to],
    )


def _heard(row: AlertRow) -> list[str]:
    """Name who was told that it began, or is about to be; who could not be told then hears no end either."""
    return [one.to for one in row.tellings if one.occasion == OPENED and one.status != GIVEN_UP]


def _log(row: AlertRow) -> None:
    told = {"alert": row.id, "kind": row.kind, "what": row.what, "name": row.name}
    if row.cleared_at is None:
        log.warning("alert_opened", **told, reason=row.reason)
    else:
        log.info("alert_cleared", **told)
