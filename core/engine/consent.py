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
    new = Consent(statement.granted, statement.said_at(at), source)
    held = profile.consent.get(name)
    if held is None or _order(new) > _order(held):
        profile.consent[name] = new


def standing(profile: Profile, purpose: str, channel: str) -> Consent | None:
    """Give the statement in force: the newer of the channel's own and the one for all channels."""
    return _in_force(profile.consent, slot(purpose, channel), slot(purpose, ""))


def stricter(a: Mapping[str, Consent], b: Mapping[str, Consent]) -> dict[str, Consent]:
    """Join what two people who are one have said: what either has withdrawn stays withdrawn, for each channel.

    A statement for all channels of the one must not outweigh what the other said of a channel, whichever is newer.
    """
    names = sorted(a.keys() | b.keys())
    whole = {name: _joined(a.get(name), b.get(name)) for name in names if name.endswith("/")}
    found = dict(whole)
    for name in names:
        if name not in whole:
            everywhere = name.rpartition("/")[0] + "/"
            own = _joined(_in_force(a, name, everywhere), _in_force(b, name, everywhere))
            found[name] = max((own, whole.get(everywhere, own)), key=_order)
    return found


def _joined(one: Consent | None, other: Consent | None) -> Consent:
    """Give the withdrawal, if there is one, as of the later of both."""
    said = [each for each in (one, other) if each is not None]
    strictest = max(said, key=lambda each: (not each.granted, each.source))
    return Consent(strictest.granted, max(each.at for each in said), strictest.source)


def _in_force(said: Mapping[str, Consent], *names: str) -> Consent | None:
    return max((said[name] for name in names if name in said), key=_order, default=None)


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
