"""One message for one person: each channel filled in, and whether it might leave now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.engine import Profile
from core.engine.asof import AsOf
from core.engine.channel import choose
from core.engine.decision import Reason
from core.engine.digests import with_case
from core.engine.draft import Draft
from core.engine.duration import format_duration
from core.engine.governance import govern
from core.engine.instant import iso
from core.engine.policy import Message
from core.engine.route import routed
from core.engine.rule import Act, RuleSet, Send
from core.engine.scope import Scope
from core.engine.value import evaluate_fields
from cuewire.preview.sample import Sample


@dataclass(frozen=True)
class Shown:
    """One channel: what would be sent, what keeps it from being sent, and what the rules say."""

    channel: str
    action: str
    is_chosen: bool
    fields: dict[str, Any]
    missing: dict[str, str]
    left_out: dict[str, str]
    reasons: tuple[Reason, ...]
    free_at: int | None
    now: int

    @property
    def verdict(self) -> str:
        """Say in a few words what would become of it."""
        failed = next((one for one in self.reasons if not one.passed), None)
        if failed is not None:
            return f"would not be sent: {failed.expression}, {failed.saw}"
        if self.missing:
            return f"would not be sent: {'; '.join(self.missing.values())}"
        if self.free_at is not None and self.free_at > self.now:
            return f"would wait until {iso(self.free_at)}"
        return "would be sent now"


@dataclass(frozen=True)
class Preview:
    """A message, the person who would get it, and every channel of it."""

    message: str
    purpose: str
    trigger: str
    profile: dict[str, Any]
    sample: Sample
    channels: Sequence[Shown]
    at: int

    @property
    def has_gaps(self) -> bool:
        """Tell whether a value is missing in any channel."""
        return any(one.missing for one in self.channels)


def render(
    send: Send, profile: Profile, rules: RuleSet, sample: Sample, *, now: int, trigger: str, only: str = ""
) -> Preview:
    """Fill a message in; ``only`` names the one channel that is looked at."""
    person = AsOf(profile, rules, now)
    scope = Scope(
        event=sample.event, profile=person.view, now=now, case=sample.case, key=sample.key, facts=person
    )
    if send.digest is not None:
        sample = replace(sample, told=f"{sample.told}; its digest gathers for {format_duration(send.digest)}")
        scope = with_case(scope, trigger) if sample.cases is None else scope.with_cases(sample.cases)
    draft = Draft(profile, rules, now)
    chosen, verdict = choose(draft, send, scope, 0)
    shown = [
        _channel(act, draft, scope, is_chosen=verdict.passed and act is chosen)
        for act in send.channels
        if only in ("", act.channel)
    ]
    purpose = next((act.purpose for act in send.channels), "")
    return Preview(send.message, purpose, trigger, dict(person.view()), sample, shown, now)


def _channel(act: Act, draft: Draft, scope: Scope, *, is_chosen: bool) -> Shown:
    act = routed(act, scope)
    fields, missing, left_out = evaluate_fields(act.fields, scope)
    told = {name: f"{name}: {one.reason}" for name, one in missing.items()}
    told |= {name: f"{name} has no value" for name in act.require if name not in fields and name not in told}
    _, consent = choose(draft, act, scope, 0)
    message = Message(act.channel, act.purpose, act.tags)
    ruling = govern(draft.profile, draft.rules, message, scope.now)
    return Shown(
        channel=act.channel,
        action=f"{act.destination}.{act.action}",
        is_chosen=is_chosen,
        fields=fields,
        missing=told,
        left_out={name: one.reason for name, one in left_out.items() if name not in act.require},
        reasons=(consent, *ruling.reasons),
        free_at=ruling.free_at,
        now=scope.now,
    )
