"""Profiles as they were last read or written, so that those of the same bytes need not be decoded again."""

from __future__ import annotations

from core.engine import Profile, decode

#: So many bytes of profiles are remembered at most; decoded they take several times as much.
BYTES = 16 * 1024 * 1024

#: A larger profile is decoded each time: a few of them would leave no room for anybody else.
LARGEST = BYTES // 64


class Memory:
    """Holds the last profiles seen, each with its bytes.

    The store alone says what someone is: what is held for other bytes than those just read is not used. So nothing
    need be taken back when a transaction fails or somebody else writes.
    """

    def __init__(self, size: int = BYTES) -> None:
        self._size = size
        self._held: dict[str, tuple[bytes, Profile]] = {}
        self._bytes = 0

    def recall(self, profile_id: str, state: bytes) -> Profile:
        """Give the profile of these bytes, decoded only where it is not held."""
        held = self._held.get(profile_id)
        if held is not None and held[0] == state:
            return held[1]
        profile = decode(state)
        self.keep(profile, state)
        return profile

    def keep(self, profile: Profile, state: bytes) -> None:
        """Hold a profile with its bytes, as the last one to go."""
        self._drop(profile.id)
        if len(state) <= LARGEST:
            self._held[profile.id] = state, profile
            self._bytes += len(state)
        while self._bytes > self._size:
            self._drop(next(iter(self._held)))

    def _drop(self, profile_id: str) -> None:
        held = self._held.pop(profile_id, None)
        if held is not None:
            self._bytes -= len(held[0])
