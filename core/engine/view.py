"""What formulas, templates and the API see of a profile, a case and an event."""

from __future__ import annotations

from typing import Any

from core.engine.consent import standing
from core.engine.instant import iso
from core.engine.profile import Case, Moment, Profile


def profile_view(profile: Profile) -> dict[str, Any]:
    """Give a profile as formulas see it, without what is computed: identifiers oldest first, traits by value."""
    return {
        "id": profile.id,
        "identifiers": {ns: sorted(held, key=held.__getitem__) for ns, held in profile.identifiers.items()},
        "traits": traits_view(profile),
        "consent": consent_view(profile),
        "segments": sorted(profile.members),
        "scores": {},
    }


def traits_view(profile: Profile) -> dict[str, Any]:
    """Give the traits by value, without those that were taken away."""
    return {name: trait.value for name, trait in profile.traits.items() if trait.value is not None}


def consent_view(profile: Profile) -> dict[str, Any]:
    """Give consent as it stands, ``{purpose: {channel: granted}}``; ``all`` is every channel that is not named."""
    seen: dict[str, dict[str, bool]] = {}
    for name in sorted(profile.consent):
        purpose, _, channel = name.partition("/")
        stands = standing(profile, purpose, channel)
        assert stands is not None
        seen.setdefault(purpose, {})[channel or "all"] = stands.granted
    return seen


def item_view(moment: Moment) -> dict[str, Any]:
    """Give an event as ``case.first``, ``case.last`` and ``case.events`` show it."""
    data = moment.data
    return {
        "event": moment.name,
        "timestamp": iso(moment.timestamp),
        "messageId": moment.id,
        "properties": data.get("properties", {}),
    }


def case_view(case: Case) -> dict[str, Any]:
    """Give an open case as formulas and templates see it."""
    items = [item_view(moment) for moment in case.events]
    return {
        "first": item_view(case.first),
        "last": items[-1],
        "events": items,
        "count": float(case.count),
        "sum": case.sum,
    }


def events_view(moments: list[Moment], count: int, total: float = 0.0) -> dict[str, Any]:
    """Give matched events in the shape of a case; ``count`` also covers those no longer kept."""
    items = [item_view(moment) for moment in moments]
    return {"first": items[0], "last": items[-1], "events": items, "count": float(count), "sum": total}
