"""Whether a person may be written to for a purpose by a channel; what is not known is no."""

from __future__ import annotations

from collections.abc import Mapping

from core.engine.event import ConsentStatement
from core.engine.profile import Consent, Profile
from core.engine.rule import Purpose


def slot(purpose: str, channel: str) -> str:
    """Name the place of a statement in a profile."""
    return f"{purpose}/{channel}"


def state(statement: ConsentStatement, profile: Profile, at: int, source: str) -> None:
    """Record a statement; the newest wins, at equal time a withdrawal beats a grant."""
    name = slot(statement.purpose, statement.channel)
    new = Consent(statement.granted, at, source)
    held = profile.consent.get(name)
    if held is None or _order(new) > _order(held):
        profile.consent[name] = new


def standing(profile: Profile, purpose: str, channel: str) -> Consent | None:
    """Give the statement in force: the newer of the channel's own and the one for all channels."""
    found = [profile.consent.get(slot(purpose, name)) for name in (channel, "")]
    return max((c for c in found if c), key=_order, default=None)


def refusal(profile: Profile, purpose: str, channel: str, purposes: Mapping[str, Purpose]) -> str:
    """Say why nothing may be sent; empty when it may. An undeclared purpose needs consent."""
    declared = purposes.get(purpose)
    if declared is not None and not declared.consent_required:
        return ""
    consent = standing(profile, purpose, channel)
    if consent is None:
        return "no statement"
    return "" if consent.granted else "withdrawn"


def _order(consent: Consent) -> tuple[int, bool]:
    return consent.at, not consent.granted
