"""What is written into the consent ledger: every statement of an event, and what a merge kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.engine import Applied, Profile
from core.engine.consent import slot, standing
from core.engine.event import Event
from core.engine.profile import Consent
from core.ports import ConsentRow

#: The type of an event that says nothing but consent, and where its data holds what that rests on.
CONSENT = "consent"
EVIDENCE = "evidence"

#: Under these names an event says which text was agreed to, in ``context.consent``.
_VERSIONS = ("text_version", "textVersion", "version", "document")

#: Under this name it stands in the evidence, and that of the person's older id after a merge.
TEXT_VERSION = "text_version"
MERGED = "merged_with"

#: Longer values are cut.
LONGEST = 500


def said(event: Event, profile: Profile) -> list[ConsentRow]:
    """Give the entries of an event's statements, once the person knows them."""
    if not event.consent:
        return []
    evidence = evidence_of(event.data)
    rows = []
    for one in event.consent:
        held, at = profile.consent.get(slot(one.purpose, one.channel)), one.said_at(event.timestamp)
        row = ConsentRow(
            profile_id=profile.id,
            purpose=one.purpose,
            channel=one.channel,
            granted=one.granted,
            at=at,
            received_at=event.received_at,
            source=event.source,
            event_id=event.id,
            evidence=evidence | ({TEXT_VERSION: one.text[:LONGEST]} if one.text else {}),
            stands=held == Consent(one.granted, at, event.source),
        )
        rows.append(row)
    return rows


def joined(results: Sequence[Applied], profile_id: str, event: Event) -> list[ConsentRow]:
    """Give the entries of merges, whose pairs of people ``results`` holds: where they differed no stands."""
    pairs = zip(results[::2], results[1::2], strict=True)
    return [row for a, b in pairs for row in _kept(a.profile, b.profile, profile_id, event)]


def _kept(a: Profile, b: Profile, profile_id: str, event: Event) -> Iterator[ConsentRow]:
    other = b.id if a.id == profile_id else a.id
    for name in sorted(a.consent.keys() | b.consent.keys()):
        purpose, _, channel = name.rpartition("/")
        both = (standing(a, purpose, channel), standing(b, purpose, channel))
        refusal = next((one for one in both if one and not one.granted), None)
        if refusal is None or not any(one and one.granted for one in both):
            continue
        yield ConsentRow(
            profile_id=profile_id,
            purpose=purpose,
            channel=channel,
            granted=False,
            at=refusal.at,
            received_at=event.received_at,
            source=refusal.source,
            event_id=event.id,
            evidence={MERGED: other},
        )


def evidence_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Give what an event's statements rest on beside the event itself."""
    given = data.get(EVIDENCE)
    if data.get("type") == CONSENT and isinstance(given, dict):
        return {str(name): str(value)[:LONGEST] for name, value in given.items()}
    context = data.get("context")
    consent = context.get("consent") if isinstance(context, dict) else None
    if not isinstance(consent, dict):
        return {}
    found = next((consent[name] for name in _VERSIONS if name in consent), None)
    return {TEXT_VERSION: str(found)[:LONGEST]} if isinstance(found, str | int | float) else {}
