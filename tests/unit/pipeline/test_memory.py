"""What is remembered of people is used for the very same bytes only, and never more than there is room for."""

from __future__ import annotations

from core.engine import Profile, encode, new_profile
from core.pipeline.memory import LARGEST, Memory


def profile(name: str, *, size: int = 0) -> Profile:
    """Make a profile of about so many bytes."""
    made = new_profile(name, 1)
    made.covered = ("x" * size,)
    return made


def test_the_same_bytes_are_not_decoded_again() -> None:
    """Give back what was kept."""
    memory, kept = Memory(), profile("p1")
    memory.keep(kept, encode(kept))
    assert memory.recall("p1", encode(kept)) is kept


def test_what_was_read_is_remembered_too() -> None:
    """Decode once what comes from the store."""
    memory, state = Memory(), encode(profile("p1"))
    first = memory.recall("p1", state)
    assert first == profile("p1")
    assert memory.recall("p1", bytes(state)) is first


def test_other_bytes_stand_whatever_is_remembered() -> None:
    """A transaction that failed, or somebody else who wrote, leaves nothing wrong behind."""
    memory, kept = Memory(), profile("p1")
    memory.keep(kept, encode(kept))
    other = profile("p1", size=3)
    assert memory.recall("p1", encode(other)) == other
    assert memory.recall("p1", encode(kept)) == kept


def test_those_not_seen_for_longest_go_first() -> None:
    """Stay within the bytes that there is room for."""
    people = [profile(f"p{number}", size=5_000) for number in range(3)]
    memory = Memory(13_000)
    for one in (people[0], people[1], people[0], people[2]):
        memory.keep(one, encode(one))
    assert memory.recall("p0", encode(people[0])) is people[0]
    assert memory.recall("p2", encode(people[2])) is people[2]
    assert memory.recall("p1", encode(people[1])) is not people[1]


def test_a_large_profile_leaves_the_others_their_room() -> None:
    """Decode each time what would push out many."""
    memory, large = Memory(), profile("p1", size=LARGEST)
    memory.keep(large, encode(large))
    assert memory.recall("p1", encode(large)) is not large
