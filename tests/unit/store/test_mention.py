"""Who is erased is found in bytes as they came over the wire."""

from __future__ import annotations

import pytest

from core.engine.event import Identifier
from core.store.mention import Mentions

ADA = [
    Identifier("email", "ada@example.com"),
    Identifier("phone", "+4915112345678"),
    Identifier("user_id", "u7"),
]


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "Ada@Example.com"}',
        b"From=%2B4915112345678&Body=Hi",
        b"email=ada%40example.com",
        b'{"email": "ada\\u0040example.com"}',
        b"\xff\xfe ada@example.com",
    ],
)
def test_somebody_is_found_however_the_bytes_are_written(body: bytes) -> None:
    """In any case, in forms, with escapes, and between what is no text."""
    assert Mentions(ADA).are_in(body)


def test_a_short_identifier_counts_as_a_word_and_only_where_that_is_wanted() -> None:
    """It stands in the bytes of many."""
    assert Mentions(ADA, by_word=True).are_in(b'{"userId": "u7"}')
    assert not Mentions(ADA, by_word=True).are_in(b'{"userId": "u77"}')
    assert not Mentions(ADA).are_in(b'{"userId": "u7"}')


def test_others_are_not_found() -> None:
    """Nor anybody by no identifier."""
    assert not Mentions(ADA, by_word=True).are_in(b'{"email": "bo@example.com"}')
    assert not Mentions([], by_word=True).are_in(b"")
