"""Compare what a trigger's test expects with what came of it, and explain what did not agree."""

from __future__ import annotations

from core.config.trial import Expectation, TriggerTrial
from core.engine.decision import FIRED, Decision
from core.engine.duration import UNITS
from core.ports import DeliveryRow, Status
from core.runners.rehearsal import Rehearsal
from cuewire.trials.verdict import ABSENT, Failure, agrees
from cuewire.trials.words import (
    decision_text,
    differences_text,
    fields_text,
    gate_of,
    listed,
    offset,
    reason_text,
    step_name,
    why,
)


def compare(trial: TriggerTrial, rehearsal: Rehearsal) -> list[Failure]:
    """Meet every expectation once; whatever was sent must be expected, what was decided need not be."""
    return _Comparison(trial, rehearsal).failures()


class _Comparison:
    """One test's expectations beside what happened; each thing that happened meets one expectation."""

    def __init__(self, trial: TriggerTrial, rehearsal: Rehearsal) -> None:
        self.trial = trial
        self.rows = rehearsal.deliveries
        # The triggers that are counted are there in the background: what they decide is not looked at.
        self.decisions = [one for one in rehearsal.decisions if one.trigger == trial.subject]
        self.unmet = [row for row in self.rows if row.status == Status.DELIVERED]
        self.open_decisions = list(self.decisions)
        self.covered: set[str] = set()
        self.explained: set[str] = set()

    def failures(self) -> list[Failure]:
        """Give what was expected and did not happen, then what happened and was not expected."""
        missing = [one for one in self.trial.expected if not self.meet(one)]
        found = [self.missing(one) for one in missing]
        silent = self.covered | self.explained
        return found + [
            self.unexpected(row) for row in self.unmet if not silent.intersection((row.id, row.decision_id))
        ]

    def since(self, at: int) -> int:
        """Count the whole seconds since the start of the timeline: a window empties a millisecond behind its edge."""
        return (at - self.trial.start) // UNITS["s"] * UNITS["s"]

    def meet(self, wanted: Expectation) -> bool:
        """Take the first thing that meets an expectation."""
        if wanted.what == "outcome":
            for decision in self.open_decisions:
                if self.is_decided(wanted, decision):
                    self.open_decisions.remove(decision)
                    self.covered.add(decision.id)
                    return True
            return False
        for row in self.unmet:
            if self.is_step(wanted, row) and self.since(row.due_at) == wanted.at and _fits(wanted, row):
                self.unmet.remove(row)
                return True
        return False

    def is_decided(self, wanted: Expectation, decision: Decision) -> bool:
        """Tell whether a decision is the one expected."""
        is_same = (decision.outcome, self.since(decision.at)) == (wanted.name, wanted.at)
        return is_same and wanted.gate in ("", gate_of(decision))

    def is_step(self, wanted: Expectation, row: DeliveryRow) -> bool:
        """Tell whether a delivery is of the message or action expected; a message is also its action."""
        if wanted.what == "send":
            return row.message == wanted.name
        return f"{row.destination}.{row.action}" == wanted.name

    def missing(self, wanted: Expectation) -> Failure:
        """Explain an expectation that nothing met."""
        what = f"{wanted.name} by {wanted.gate}" if wanted.gate else wanted.name
        label = {"send": f"`send: {wanted.name}`", "action": f"`{wanted.name}`"}.get(wanted.what, what)
        expected = f"{label} at {offset(wanted.at)}"
        instead, reason = self.explain(wanted)
        return Failure(wanted.place, expected, instead, reason)

    def explain(self, wanted: Expectation) -> tuple[str, str]:
        """Say what happened instead and why, the nearest thing first."""
        if wanted.what != "outcome":
            rows = [row for row in self.rows if self.is_step(wanted, row)]
            rows.sort(key=lambda row: (row not in self.unmet, abs(self.since(row.due_at) - wanted.at)))
            if rows:
                return self.explain_row(wanted, rows[0])
        decisions = sorted(self.decisions, key=lambda one: abs(self.since(one.at) - wanted.at))
        if decisions:
            return decision_text(decisions[0], self.trial.start), why(decisions[0])
        names = listed(
            dict.fromkeys(str(one.call.get("event", one.call["type"])) for one in self.trial.timeline)
        )
        return "nothing was decided", f"`when` matches none of the events: {names}"

    def explain_row(self, wanted: Expectation, row: DeliveryRow) -> tuple[str, str]:
        """Say how a delivery of the right name differs."""
        self.explained.add(row.id)
        at = offset(self.since(row.due_at))
        if row.status != Status.DELIVERED:
            return f"it is {row.status} at {at}", row.reason
        if self.since(row.due_at) != wanted.at or row not in self.unmet:
            again = "" if row in self.unmet else ", which another expectation names already"
            return f"it is sent at {at}{again}", self.anchor_of(row)
        return f"it is sent at {at} with other fields", differences_text(wanted.fields, row.fields)

    def unexpected(self, row: DeliveryRow) -> Failure:
        """Report something that was sent and that no expectation names."""
        expected = "nothing else" if self.trial.expected else "nothing"
        name = step_name(row)
        instead = f"`{name}` at {offset(self.since(row.due_at))} ({fields_text(row.fields)})"
        return Failure(self.trial.place, expected, instead, self.anchor_of(row))

    def anchor_of(self, row: DeliveryRow) -> str:
        """Say what set a delivery off."""
        found = [one.reasons[0] for one in self.decisions if one.id == row.decision_id]
        return f"{FIRED} by {reason_text(found[0])}" if found else ""


def _fits(wanted: Expectation, row: DeliveryRow) -> bool:
    return all(agrees(value, row.fields.get(name, ABSENT)) for name, value in wanted.fields.items())
