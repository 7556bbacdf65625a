"""The deliveries of a simulation: of history, or of the people in the files' tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.config.loader import Loaded
from core.config.trial import START, DestinationTrial, TriggerTrial
from core.engine.decision import Decision
from core.engine.event import Event
from core.engine.profile import Profile
from core.engine.rule import RuleSet
from core.engine.value import evaluate_fields
from core.errors import BadRequest
from core.ports import DeliveryRow, Status
from core.runners.replay import Replay
from cuewire.simulate.lines import Lines
from cuewire.simulate.version import Version, with_shadow
from cuewire.trials.destination import scope_of
from cuewire.trials.trigger import rehearse

#: So many deliveries of one action are told; the others are counted.
MOST = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries are asked for; what is empty does not matter."""

    destination: str
    action: str = ""
    trigger: str = ""

    def is_meant(self, destination: str, action: str) -> bool:
        """Tell whether a delivery of an action is asked for."""
        return destination == self.destination and self.action in ("", action)


@dataclass
class Found:
    """What is shown of each action, each with where it is from, and how many there were in all.

    ``kept_back`` counts what does not leave, by action and reason.
    """

    rows: list[tuple[DeliveryRow, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    kept_back: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, row: DeliveryRow, told: str) -> None:
        """Keep the first of each action; of what does not leave, the reason."""
        if row.status != Status.DELIVERED:
            self.kept_back[(row.action, row.reason)] += 1
            return
        self.counts[row.action] += 1
        if self.counts[row.action] <= MOST:
            self.rows.append((row, told))


class _Witness:
    """Keeps what would have left."""

    def __init__(self, wanted: Wanted, found: Found) -> None:
        self._wanted = wanted
        self._found = found

    def applied(self, event: Event, profile: Profile) -> None:
        """Hear of an event."""

    def decided(self, decision: Decision, profile: Profile) -> None:
        """Hear of a decision."""

    def settled(self, row: DeliveryRow) -> None:
        """Keep a delivery that is asked for."""
        if is_wanted(row, self._wanted):
            self._found.take(row, f"{row.trigger}, decision {row.decision_id}")


def is_wanted(row: DeliveryRow, wanted: Wanted) -> bool:
    """Tell whether a delivery is asked for, and would have left or was kept back."""
    is_meant = wanted.is_meant(row.destination, row.action) and wanted.trigger in ("", row.trigger)
    return is_meant and row.status in (Status.DELIVERED, Status.SUPPRESSED)


def all_live(rules: RuleSet) -> RuleSet:
    """Let shadow triggers send as if they were live."""
    triggers = {
        name: replace(one, status="live") if one.status == "shadow" else one
        for name, one in rules.triggers.items()
    }
    return replace(rules, triggers=triggers)


def of_history(files: Sequence[Path], folder: Path, rules: RuleSet, wanted: Wanted) -> Found:
    """Live through history, and give what would have been sent; a line that cannot be used is passed over."""
    found = Found()
    version = Version(folder, all_live(with_shadow(rules, wanted.trigger)))
    replay = Replay(version.rules, _Witness(wanted, found))
    with Lines(files) as lines:
        for line in lines:
            try:
                event = version.event(line)
            except BadRequest:
                continue
            replay.hear(event, f"{line.number:012}")
    replay.finish()
    return found


def of_tests(loaded: Loaded, rules: RuleSet, wanted: Wanted) -> Found:
    """Take the people of the files' tests: of triggers as they live, of the destination as they are described."""
    found = Found()
    for trial in loaded.trials:
        if isinstance(trial, TriggerTrial) and wanted.trigger in ("", trial.subject):
            for row in rehearse(trial, rules).deliveries:
                if is_wanted(row, wanted):
                    found.take(row, f"{trial.subject}, test {trial.name!r}")
        elif isinstance(trial, DestinationTrial) and not wanted.trigger:
            for row in _described(trial, rules, wanted):
                found.take(row, f"{trial.subject}, test {trial.name!r}")
    return found


def _described(trial: DestinationTrial, rules: RuleSet, wanted: Wanted) -> Iterator[DeliveryRow]:
    """Make the delivery that a destination's own test is about."""
    if not wanted.is_meant(trial.subject, trial.action):
        return
    fields, _, _ = evaluate_fields(trial.fields, scope_of(trial, rules, START))
    yield DeliveryRow(
        id="del_of_a_test",
        decision_id="",
        trigger="",
        step=0,
        destination=trial.subject,
        action=trial.action,
        fields=fields,
        profile_id="p_of_a_test",
        status=Status.DELIVERED,
        due_at=START,
        created_at=START,
    )
