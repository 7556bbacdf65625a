"""Whether a person may be written to for a purpose by a channel; what is not known is no."""

from __future__ import annotations

from collections.abc import Mapping

from core.engine.decision import Reason
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
    """Give the statement in force: a refusal of the channel itself, else the newer of its own and that for all."""
    return _in_force(profile.consent, slot(purpose, channel))


def stricter(a: Mapping[str, Consent], b: Mapping[str, Consent]) -> dict[str, Consent]:
    """Join what two people who are one have said: what either has refused stays refused, for each channel."""
    names = sorted(a.keys() | b.keys())
    found = {name: _joined(a.get(name), b.get(name)) for name in names if name.endswith("/")}
    for name in [name for name in names if not name.endswith("/")]:
        own = _channel_joined(a, b, name, found.get(_everywhere(name)))
        if own is not None:
            found[name] = own
    return found


def _joined(one: Consent | None, other: Consent | None) -> Consent:
    """Give the withdrawal, if there is one, as of the later of both."""
    said = [each for each in (one, other) if each is not None]
    strictest = max(said, key=lambda each: (not each.granted, each.source))
    return Consent(strictest.granted, max(each.at for each in said), strictest.source)


def _channel_joined(
    a: Mapping[str, Consent], b: Mapping[str, Consent], name: str, whole: Consent | None
) -> Consent | None:
    """Join what was said of one channel; None where it is refused by what was said of all channels alone."""
    own = [said[name] for said in (a, b) if name in said]
    refusals = [one for one in own if not one.granted]
    if refusals:
        return max(refusals, key=_latest)
    if any(one is not None and not one.granted for one in (_in_force(a, name), _in_force(b, name))):
        return None
    newest = max(own, key=_latest)
    # Each of them had agreed to this channel since refusing all: the other's statement takes none of that back.
    since = whole.at + 1 if whole is not None and not whole.granted else 0
    return Consent(True, max(newest.at, since), newest.source)


def _in_force(said: Mapping[str, Consent], name: str) -> Consent | None:
    """Give what stands of a channel: its own refusal is ended by its own grant alone.

    Sources repeat with every event what was once said of all channels: that must not outweigh a STOP.
    """
    own, whole = said.get(name), said.get(_everywhere(name))
    if own is not None and not own.granted:
        return own
    return max((one for one in (own, whole) if one is not None), key=_order, default=None)


def _everywhere(name: str) -> str:
    return name.rpartition("/")[0] + "/"


def refusal(profile: Profile, purpose: str, channel: str, purposes: Mapping[str, Purpose]) -> str:
    """Say why nothing may be sent; empty when it may. An undeclared purpose needs consent."""
    declared = purposes.get(purpose)
    if declared is not None and not declared.consent_required:
        return ""
    consent = standing(profile, purpose, channel)
    if consent is None:
        return "no statement"
    return "" if consent.granted else "withdrawn"


def judge_consent(
    profile: Profile,
    purpose: str,
    channel: str,
    purposes: Mapping[str, Purpose],
    *,
    step: int | None = None,
) -> Reason:
    """Say as a gate does whether a person has agreed: what stands, and what the purpose requires."""
    why = refusal(profile, purpose, channel, purposes)
    saw = why or "may be sent"
    return Reason("consent", not why, f"{purpose} by {channel}", saw=saw, needed="granted consent", step=step)


def _order(consent: Consent) -> tuple[int, bool]:
    return consent.at, not consent.granted


def _latest(consent: Consent) -> tuple[int, str]:
    return consent.at, consent.source
