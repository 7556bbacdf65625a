"""What an audit tells: each finding, and the numbers over all of them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, to_builtins

from core.engine.instant import iso

#: What can be missing.
KINDS = ("decision", "delivery", "timer", "next_due", "overdue")

MISSING, DIFFERS = "missing", "differs"

#: So many findings are told one by one, the missing ones first; all are counted.
SHOWN = 500


class Finding(Struct):
    """One thing that is not as the reference path has it; ``at`` in milliseconds.

    ``decision`` and ``delivery`` are owed and not stored; ``timer`` and ``next_due`` would never come, or too late;
    ``overdue`` has not been drained. One that ``differs`` is explained by ``reason`` and never repaired.
    """

    kind: str
    verdict: str
    id: str
    at: int
    reason: str
    trigger: str = ""
    event_id: str = ""
    key: str | None = None
    profile_id: str = ""
    repaired: bool = False


class Report(Struct):
    """One run; ``checked`` counts the firings of the reference path that were looked for."""

    at: int
    since: int
    trigger: str
    repair: bool
    seconds: float = 0.0
    people: int = 0
    events: int = 0
    checked: int = 0
    missing: int = 0
    differs: int = 0
    repaired: int = 0
    unreadable: int = 0
    kinds: dict[str, int] = {}
    reasons: dict[str, int] = {}
    findings: list[Finding] = []
    left_off: int = 0

    @property
    def left(self) -> int:
        """Count what is missing still."""
        return self.missing - self.repaired

    def add(self, finding: Finding) -> None:
        """Take a finding in."""
        if finding.verdict == MISSING:
            self.missing += 1
            self.repaired += finding.repaired
            self.kinds[finding.kind] = self.kinds.get(finding.kind, 0) + 1
        else:
            self.differs += 1
            self.reasons[finding.reason] = self.reasons.get(finding.reason, 0) + 1
        self.findings.append(finding)
        if len(self.findings) > SHOWN:
            differing = (i for i, one in enumerate(self.findings) if one.verdict == DIFFERS)
            del self.findings[next(differing, len(self.findings) - 1)]
            self.left_off += 1

    def shape(self) -> dict[str, Any]:
        """Give it for machines: times in ISO, the missing ones first."""
        told: dict[str, Any] = to_builtins(self)
        told |= {"at": iso(self.at), "since": iso(self.since), "trigger": self.trigger or None}
        ordered = sorted(self.findings, key=lambda one: (one.verdict != MISSING, one.repaired, one.at))
        told["findings"] = [to_builtins(one) | {"at": iso(one.at)} for one in ordered]
        return told | {"left": self.left}
