"""One run: every person judged anew, then every profile's timers looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from core.engine import decode, next_due
from core.engine.rule import RuleSet
from core.pipeline.apart import Apart
from core.pipeline.pipeline import WAKE_AGAIN
from core.ports import Clock, Transaction
from core.runners.audit.compare import Compared, Loss, Terms, compare
from core.runners.audit.finding import MISSING, Finding, Report
from core.runners.audit.group import Group, groups
from core.runners.audit.reference import COURSES, Unreadable
from core.runners.audit.repair import Cure, cure, rearm
from core.runners.audit.standing import standing_of
from core.store.journal import Journal, Kept
from core.trace import place_of

#: What is looked at unless something else is asked for: as far back as ``not_met`` decisions are kept.
SPAN = 7 * 24 * 3_600_000

log = structlog.get_logger()

#: Runs a job in the store's writer; gives the ids of what it put back.
Write = Callable[[Callable[[Transaction], set[str]]], set[str]]


@dataclass(frozen=True)
class Request:
    """What to look at; ``is_live``: something drains the timers now, so that one that is overdue is a fault."""

    since: int
    trigger: str = ""
    repair: bool = False
    is_live: bool = False


class Audit:
    """Holds what is stored against the reference path; it only reads, unless ``write`` is given to repair by."""

    def __init__(
        self,
        path: Path,
        rules: RuleSet,
        clock: Clock,
        *,
        write: Write | None = None,
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._rules = rules
        self._clock = clock
        self._write = write
        self._rest = rest

    def run(self, request: Request) -> Report:
        """Look at everything once."""
        started = time.monotonic()
        report = Report(self._clock.now(), request.since, request.trigger, request.repair)
        journal = Journal(self._path)
        try:
            standing = standing_of(self._rules, journal)
            terms = Terms(
                standing=standing,
                since=request.since,
                now=self._clock.now,
                trigger=request.trigger,
                apart=Apart(journal.apart()),
                rest=self._rest,
            )
            for group in groups(journal, rest=self._rest):
                self._look_at(group, journal, terms, request, report)
            self._look_at_timers(journal, request, report)
        finally:
            journal.close()
        report.seconds = round(time.monotonic() - started, 3)
        return report

    def _look_at(
        self, group: Group, journal: Journal, terms: Terms, request: Request, report: Report
    ) -> None:
        report.people += len(group.people)
        report.events += len(group.seqs)
        try:
            found = self._compared(group, journal, terms)
        except Unreadable:
            report.unreadable += 1
            return
        except Exception as problem:  # noqa: BLE001 - one person's fault must not end the run for the others
            log.error("audit_failed", people=len(group.people), place=place_of(problem))
            report.unreadable += 1
            return
        report.checked += found.checked
        for finding in found.differing:
            report.add(finding)
        repaired = self._repaired(found, terms) if request.repair and found.losses else set()
        for loss in found.losses:
            loss.finding.repaired = loss.finding.id in repaired
            report.add(loss.finding)

    def _compared(self, group: Group, journal: Journal, terms: Terms) -> Compared:
        """Compare by the usual course; what is missing by it is asked for again with all that is stored now."""
        with journal.snapshot():
            found = compare(journal, group.seqs, terms, COURSES[:1])
        if not found.losses:
            return found
        with journal.snapshot():
            return compare(journal, journal.seqs_of(group.people), terms, COURSES)

    def _repaired(self, found: Compared, terms: Terms) -> set[str]:
        assert self._write is not None
        losses: dict[str, list[Loss]] = {}
        for loss in found.losses:
            losses.setdefault(loss.finding.profile_id, []).append(loss)
        repaired: set[str] = set()
        for profile_id, mine in losses.items():
            one = Cure(found.kept[profile_id], found.replayed[profile_id], mine)
            repaired |= self._write(partial(cure, one=one, rules=terms.standing.rules, now=self._clock.now()))
        return repaired

    def _look_at_timers(self, journal: Journal, request: Request, report: Report) -> None:
        for kept in journal.profiles():
            self._rest()
            finding = timer_of(kept, self._clock.now(), is_live=request.is_live)
            if finding is None:
                continue
            if finding.kind == "next_due" and request.repair and self._write is not None:
                finding.repaired = bool(self._write(partial(rearm, seen=kept)))
            report.add(finding)


def timer_of(kept: Kept, now: int, *, is_live: bool) -> Finding | None:
    """Tell what is wrong with when a person's timers are looked at."""
    due = next_due(decode(kept.state))
    if due is None:
        return None
    # A person whose timers failed is looked at again a little later, on purpose.
    is_put_off = kept.next_due is not None and kept.next_due <= now + WAKE_AGAIN
    if kept.next_due is None or (kept.next_due > due and not is_put_off):
        told = "never looked at" if kept.next_due is None else "looked at too late"
        return _timer("next_due", kept, due, f"timers are {told}")
    if is_live and due < now - WAKE_AGAIN:
        return _timer("overdue", kept, due, "timers are due and were not drained")
    return None


def _timer(kind: str, kept: Kept, due: int, reason: str) -> Finding:
    return Finding(kind, MISSING, kept.id, due, reason, profile_id=kept.id)
