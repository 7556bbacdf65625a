"""Identifiers in one spelling, so that the same person is found again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import phonenumbers

from core.engine.clean import event_key
from core.engine.rule import IdentifierRule, IdentityRules
from core.engine.scope import ValueScope

#: Longer values are no identifiers, and would only burden the graph.
LONGEST = 500


def usable(value: Any, rule: IdentifierRule, identity: IdentityRules) -> str | None:
    """Give an identifier's text as its namespace asks; None for what is malformed or never believed."""
    text: str | None = (event_key(value) or "").strip()
    if not text or len(text) > LONGEST:
        return None
    if rule.normalise == "email":
        text = _email(text)
    elif rule.normalise == "e164":
        text = _e164(text, rule.region)
    return None if text is None or is_blocked(text, identity) else text


def _email(text: str) -> str | None:
    """Lower an address; it needs one @ with something on both sides, and no space."""
    address = text.strip().lower()
    name, _, domain = address.partition("@")
    is_address = bool(name and domain) and "@" not in domain and len(address.split()) == 1
    return address if is_address else None


@lru_cache(maxsize=10_000)
def _e164(text: str, region: str) -> str | None:
    """Write a phone number in E.164; numbers without a country code are the region's."""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    # Possible, not valid: ranges are opened faster than any list of them is updated.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_blocked(value: str, identity: IdentityRules) -> bool:
    """Tell whether a normalised value is one that is never believed."""
    if value.casefold() in _folded(identity.blocked):
        return True
    if not identity.blocked_formulas:
        return False
    scope = ValueScope(value)
    return any(formula.evaluate(scope) is True for formula in identity.blocked_formulas)


@lru_cache(maxsize=16)
def _folded(blocked: frozenset[str]) -> frozenset[str]:
    """Fold the case of blocked values once per set."""
    return frozenset(value.casefold() for value in blocked)
