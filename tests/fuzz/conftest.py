"""An instance to knock at, and the look at what a refusal leaves there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fuzz.place import Place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give an instance whose background is not needed."""
    made = Place(tmp_path_factory.mktemp("place"))
    yield made
    made.runtime.store.close()


@pytest.fixture
def nothing_is_kept(place: Place, request: pytest.FixtureRequest) -> Iterator[None]:
    """See that a refusal leaves nothing behind."""
    before = place.rows()
    yield
    if "takes" not in request.keywords:
        assert place.rows() == before
