"""Codes out of a pool: each is given in the transaction that commits the intent to send it, and to one delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine.decision import Reason
from core.engine.digest import first_id
from core.engine.duration import format_duration
from core.engine.governance import Permit
from core.engine.links import CODE
from core.engine.rule import CodeRule
from core.pipeline.pipeline import Pipeline
from core.ports import DeliveryRow, GivenCode, Transaction

#: What waits for codes is looked at again after this long.
LOOK_AGAIN = 60_000

#: Stands for the code in messages that reach test recipients only: real ones are not spent on them.
FOR_TESTS = "TEST-CODE"


class Coding:
    """Says whether a message may leave, and gives it its code when it may."""

    def __init__(self, pipeline: Pipeline, *, is_test: bool = False) -> None:
        self._pipeline = pipeline
        self._is_test = is_test

    def permit(self, tx: Transaction, row: DeliveryRow, now: int) -> Permit:
        """Judge a message; one that needs a code and finds none waits, and one that may not leave spends none."""
        if not holds_code(row.fields):
            return self._pipeline.permit(tx, row, now)
        rule = self._pipeline.rules.codes.get(row.message)
        if rule is None:
            why = _stop(row, "pool", saw="the message names none any more")
            return Permit(refusal=f"code: the message {row.message} names no pool any more", stops=(why,))
        given = self._given(tx, row, rule, now)
        if given is None:
            # Only a message that is valid no longer by then is stopped by it.
            why = _stop(row, f"pool {rule.pool}", saw=f"empty{_of(rule)}")
            text = f"code: the pool {rule.pool} is empty{_of(rule)}"
            return Permit(until=now + LOOK_AGAIN, refusal=text, stops=(why,))
        found = self._pipeline.permit(tx, row, now)
        if found.refusal or found.until is not None:
            if given.is_new:
                tx.codes.give_back(first_id(row.id))
        else:
            # Only for this attempt: what is stored keeps the stand-in, and the next attempt gets the same code.
            row.fields = with_code(row.fields, given.code)
        return found

    def _given(self, tx: Transaction, row: DeliveryRow, rule: CodeRule, now: int) -> GivenCode | None:
        if self._is_test:
            return GivenCode(FOR_TESTS, is_new=False)
        # The same code for whatever channel takes the place of one that was refused.
        return tx.codes.give(rule.pool, first_id(row.id), now=now, good_until=now + rule.valid_for)


def _stop(row: DeliveryRow, expression: str, *, saw: str) -> Reason:
    return Reason("limits", False, expression, saw=saw, needed=f"a code for {row.message}", step=row.step)


def _of(rule: CodeRule) -> str:
    """Say how long a code must be good: one that expires sooner is free, and no help."""
    return f" of codes good for {format_duration(rule.valid_for)}" if rule.valid_for else ""


def holds_code(value: Any) -> bool:
    """Tell whether a value holds the stand-in of a code."""
    if isinstance(value, str):
        return CODE in value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(holds_code(one) for one in inner)


def with_code(fields: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Put a code where its stand-in is."""
    return {name: _put_in(value, code) for name, value in fields.items()}


def _put_in(value: Any, code: str) -> Any:
    if isinstance(value, str):
        return value.replace(CODE, code)
    if isinstance(value, Mapping):
        return {name: _put_in(inner, code) for name, inner in value.items()}
    return [_put_in(inner, code) for inner in value] if isinstance(value, list) else value
