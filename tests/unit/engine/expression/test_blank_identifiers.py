"""A blank is nobody, whatever surrounds a blocked word."""

from __future__ import annotations

import pytest

from core.engine.rule import IdentifierRule, IdentityRules
from core.engine.usable import usable

RULE = IdentifierRule("user_id", 1)
IDENTITY = IdentityRules((RULE,), blocked=frozenset({"null"}))


@pytest.mark.parametrize("value", ["  ", "\t", " null ", "NULL "])
def test_a_blank_or_a_blocked_word_between_blanks_is_no_identifier(value: str) -> None:
    """Strangers must not meet in the profile of a blank."""
    assert usable(value, RULE, IDENTITY) is None


def test_blanks_around_an_identifier_do_not_count() -> None:
    """The same id with a stray blank is the same person."""
    assert usable(" u1 ", RULE, IDENTITY) == "u1"
