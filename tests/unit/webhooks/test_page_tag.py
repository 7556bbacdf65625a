"""The script that pages load: small, the same for everybody, and harmless to whoever loads it."""

from __future__ import annotations

import gzip
import re

import pytest
from edge.doubles import edge

from webhooks.tag import PACKED, TAG

SMALL = 6 * 1024


def test_any_page_may_load_it_and_keep_it() -> None:
    """From every origin, as a script and nothing else, for an hour and by its mark after that."""
    app = edge()
    answer = app.client.get("/tag.js")
    assert (answer.status_code, answer.data) == (200, TAG)
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    again = app.client.get("/tag.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_it_travels_packed_to_whoever_takes_it_so() -> None:
    """A cache keeps both apart."""
    answer = edge().client.get("/tag.js", headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.data) == TAG


def test_it_is_small() -> None:
    """What a page pays for it."""
    assert len(PACKED) < SMALL


@pytest.mark.parametrize("word", ["eval", "Function(", "innerHTML", "document.write", ".value", "import("])
def test_it_makes_no_code_and_reads_no_field(word: str) -> None:
    """A strict content security policy lets it run, and what people type stays in the page."""
    assert not re.search(rf"(?<!\w){re.escape(word)}", TAG.decode())


def test_a_page_may_read_when_to_come_again() -> None:
    """Browsers hide ``Retry-After`` from scripts of other origins unless it is named."""
    answer = edge().client.post("/v1/b", data="{}")
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
