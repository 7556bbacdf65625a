"""In which languages a person is written to, and how their tags are compared."""

from __future__ import annotations

from collections.abc import Iterator

from core.engine.scope import Scope

#: Traits that tell a person's language, asked in this order.
TRAITS = ("locale", "language")


def normal(tag: str) -> str:
    """Write a language tag in one spelling: ``fr_CA`` and ``fr-CA`` are the same."""
    return tag.strip().replace("_", "-").lower()


def languages(scope: Scope) -> Iterator[str]:
    """Give the tags that suit a person, the closest first: all of it, then without its last parts."""
    for name in TRAITS:
        value = scope.trait(name)
        # ``de_DE.UTF-8`` and ``de-DE@euro`` are how systems write it.
        tag = normal(value.partition(".")[0].partition("@")[0]) if isinstance(value, str) else ""
        while tag:
            yield tag
            tag = tag.rpartition("-")[0]
