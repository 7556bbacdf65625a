"""The list of requests in the store: nothing is lost by a write that failed, and nothing is held beyond its day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.errors import Busy
from core.ports.verdict import HeldRequest
from core.runners.journal import HELD_FOR, PREFIX, Journal
from core.store.embedded import EmbeddedStore, open_store

NOW = 1_772_445_600_000


@dataclass
class Hand:
    """A clock that is set by hand."""

    at: int = NOW

    def now(self) -> int:
        """Give the time."""
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """Give a store of its own to each test."""
    made = open_store(tmp_path, clock=Hand())
    yield made
    made.close()


def kept(store: EmbeddedStore) -> str:
    """Give what is written down."""
    return "".join(store.write(lambda tx: tx.keys.starting(PREFIX)).values())


def request(at: int) -> HeldRequest:
    """Make a request that was not believed."""
    return HeldRequest(f"q_{at}", "hubspot", "callback", at, "POST", "/callbacks/hubspot", "", {}, b"[]")


def test_what_could_not_be_written_is_written_the_next_time(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing new has come meanwhile."""
    journal = Journal(store, Hand())
    journal.hold(request(NOW))

    def fail(work: Any) -> None:
        raise Busy("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", fail)
        with pytest.raises(Busy):
            journal.write()
    journal.write()
    assert f"q_{NOW}" in kept(store)


def test_what_was_held_for_a_day_is_gone_from_the_store_too(store: EmbeddedStore) -> None:
    """Without another request that would push it out."""
    clock = Hand()
    journal = Journal(store, clock)
    for at in (NOW, NOW + 1):
        journal.hold(request(at))
    journal.write()
    clock.at = NOW + HELD_FOR
    journal.write()
    assert [one.id for one in journal.held()] == [f"q_{NOW + 1}"]
    assert f"q_{NOW + 1}" in kept(store)
    assert f'"q_{NOW}"' not in kept(store)
