"""A person as everything in force shows them, and as one line of a sample."""

from __future__ import annotations

from typing import Any

from core.engine import Profile, decode
from core.engine.asof import AsOf
from core.engine.instant import iso
from core.engine.view import profile_view
from core.pipeline.filling import filled
from webhooks.api.shapes import known_shape
from webhooks.services import Services


def person_shape(services: Services, state: bytes) -> dict[str, Any]:
    """Show a profile with its computed traits and scores as of now."""
    rules, now = services.rules(), services.clock.now()
    profile = filled(services.reader, decode(state), rules, now)
    return known_shape(profile, AsOf(profile, rules, now).view())


def sample_shape(profile: Profile, since: int | None) -> dict[str, Any]:
    """Show who somebody is, and since when they belong here."""
    return {
        "id": profile.id,
        "identifiers": profile_view(profile)["identifiers"],
        "since": None if since is None else iso(since),
    }
