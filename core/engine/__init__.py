"""The pure trigger engine: no I/O, no clock, no randomness; the same input gives the same output."""

from core.engine.apply import apply, next_due, wake
from core.engine.draft import Applied
from core.engine.fill import fill
from core.engine.identity import Graph, Refusal, Resolution, resolve
from core.engine.merge import merge
from core.engine.profile import Profile, decode, encode, new_profile

__all__ = [
    "Applied",
    "Graph",
    "Profile",
    "Refusal",
    "Resolution",
    "apply",
    "decode",
    "encode",
    "fill",
    "merge",
    "new_profile",
    "next_due",
    "resolve",
    "wake",
]
