"""The name that a mistyped one was meant to be."""

from __future__ import annotations

import pytest

from core.engine.nearest import nearest


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("sms", ["sms", "email"], "sms"),
        ("emial", ["sms", "email"], "email"),
        ("mark", ["marketing"], "marketing"),
        ("ma", ["marketing"], ""),
        ("zzz", ["sms", "email"], ""),
        ("zzz", [], ""),
        ("s", ["a name that is far longer"], ""),
    ],
)
def test_the_closest_name_is_found_where_one_is_close(name: str, known: list[str], expected: str) -> None:
    """A slip of a letter or a beginning is enough, a name that is far off is not."""
    assert nearest(name, known) == expected
