"""A decision's outcome can be rebuilt from its reasons alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reference.engine_side import play
from reference.timelines import random_story

from core.engine.decision import GATES, OUTCOME_OF_GATE, Decision, Part, Reason

STORIES = 300


def decisions() -> Iterator[Decision]:
    """Give every decision of many random runs."""
    for seed in range(STORIES):
        _, turns = play(random_story(seed))
        for answers in turns:
            for done in answers:
                yield from done.decisions


def parts(reason: Reason) -> Iterator[Part]:
    """Give every node of a reason's condition tree."""
    waiting = list(reason.parts)
    while waiting:
        part = waiting.pop()
        waiting += part.parts
        yield part


def rebuilt(reasons: tuple[Reason, ...]) -> str:
    """Work the outcome out: the first gate that fails; consent fails when it refuses every step.

    Where nothing is said of the whole, a single step was stopped.
    """
    if all(reason.step is not None and not reason.passed for reason in reasons):
        return "not_met"
    for gate in GATES:
        asked = [reason for reason in reasons if reason.gate == gate]
        failed = [reason for reason in asked if not reason.passed]
        if failed and (gate != "consent" or len(failed) == len(asked)):
            return OUTCOME_OF_GATE[gate]
    return "fired"


def truth_of(part: Part) -> bool | None:
    """Work a node's truth out from its leaves: the decisive answer wins, then unknown."""
    if not part.parts:
        return part.truth
    answers = [truth_of(inner) for inner in part.parts]
    if part.kind == "not":
        return None if answers[0] is None else not answers[0]
    decisive = part.kind == "any"
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def test_every_outcome_follows_from_its_reasons() -> None:
    """Rebuild each outcome, and meet every outcome and every gate on the way."""
    outcomes: Counter[str] = Counter()
    gates: Counter[tuple[str, bool]] = Counter()
    for decision in decisions():
        assert rebuilt(decision.reasons) == decision.outcome, decision
        outcomes[decision.outcome] += 1
        gates.update((reason.gate, reason.passed) for reason in decision.reasons)
    assert set(outcomes) == {"fired", "suppressed", "not_met"}
    asked = {
        (gate, passed) for gate in ("anchor", "only_if", "limits", "consent") for passed in (True, False)
    }
    assert set(gates) == asked


def test_reasons_stand_in_the_order_of_the_gates() -> None:
    """List the gates as they are asked; an anchor that did not match asks no further."""
    for decision in decisions():
        order = [GATES.index(reason.gate) for reason in decision.reasons]
        assert order == sorted(order), decision
        if not decision.reasons[0].passed:
            assert len(decision.reasons) == 1, decision


def test_only_consent_judges_single_steps() -> None:
    """Carry ``step`` on every reason of the gate consent, once per action step, and on no whole-decision gate."""
    judged = 0
    for decision in decisions():
        steps = [reason.step for reason in decision.reasons if reason.gate == "consent"]
        assert None not in steps, decision
        assert len(set(steps)) == len(steps), decision
        whole = [r.step for r in decision.reasons if r.gate in ("anchor", "limits")]
        assert set(whole) <= {None}, decision
        judged += len(steps)
    assert judged


def test_a_condition_tree_follows_from_its_leaves() -> None:
    """Recompute every node from the leaves below it; an unknown leaf names what is missing."""
    kinds: Counter[tuple[str, bool | None]] = Counter()
    for decision in decisions():
        for reason in decision.reasons:
            for part in parts(reason):
                assert truth_of(part) == part.truth, decision
                assert part.parts or (part.truth is None) == ("unknown" in part.saw), decision
                kinds[part.kind, part.truth] += 1
            if reason.parts:
                assert reason.passed == (reason.parts[0].truth is True), decision
    known = {(kind, truth) for kind in ("formula", "all", "any", "not") for truth in (True, False, None)}
    assert set(kinds) == known
