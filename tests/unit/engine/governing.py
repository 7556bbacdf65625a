"""Policies to judge messages by, and people who got some before."""

from __future__ import annotations

from dataclasses import replace

from one_person import START, rules

from core.engine import Profile, new_profile
from core.engine.formula import compile_formula
from core.engine.instant import parse_time
from core.engine.policy import Message, MessageCap, Policy, QuietHours
from core.engine.profile import Consent, Sent, Trait
from core.engine.rule import Purpose, RuleSet

EMAIL, SMS = Message("email", "marketing"), Message("sms", "marketing")
PROMO = Message("email", "marketing", ("promo",))
ORDER = Message("email", "transactional")
NIGHT = QuietHours(21 * 60, 8 * 60, zones=(compile_formula("profile.traits.timezone"),))
BERLIN = "Europe/Berlin"


def at(text: str) -> int:
    """Read a time."""
    found = parse_time(text)
    assert found is not None
    return found


def under(*caps: MessageCap, quiet: QuietHours | None = None, **purposes: Purpose) -> RuleSet:
    """Make a rule set of nothing but a policy."""
    found = rules()
    return replace(found, policy=Policy(caps, quiet), purposes={**found.purposes, **purposes})


def someone(*sent: Sent, timezone: str = BERLIN) -> Profile:
    """Make a person who agreed to everything and got these messages."""
    profile = new_profile("p", START)
    profile.consent = {"marketing/": Consent(True, 0, "segment"), "news/": Consent(True, 0, "segment")}
    profile.traits = {"timezone": Trait(timezone, 0, 0, "segment")}
    profile.sent = list(sent)
    return profile


def got(*times: int | str, message: Message = EMAIL) -> list[Sent]:
    """Make the messages of these times."""
    moments = [at(one) if isinstance(one, str) else one for one in times]
    return [Sent(one, f"s{one}", message.channel, message.purpose, message.tags) for one in moments]
