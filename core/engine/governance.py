"""The rules above all triggers, asked for one message: at the decision, and again when the intent to send commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import structs

from core.engine.asof import AsOf
from core.engine.consent import judge_consent
from core.engine.decision import Reason
from core.engine.digest import first_id
from core.engine.draft import Draft
from core.engine.exits import exit_of, exit_reason
from core.engine.instant import iso
from core.engine.policy import Message, MessageCap, QuietHours
from core.engine.profile import SENT_LIMIT, Profile, Sent
from core.engine.quiet import free_from, possible_zones
from core.engine.rule import Purpose, RuleSet
from core.engine.tier import tier_of
from core.engine.zone import day_bounds, week_bounds, zone_of_person

#: What cannot be sent within this many steps from one free moment to the next is refused.
_ROUNDS = 20


class Ruling(NamedTuple):
    """What the rules say of one message: why, and the first moment at which it may go; None when it may not."""

    reasons: tuple[Reason, ...]
    free_at: int | None


class Permit(NamedTuple):
    """Whether a delivery may leave now: else why not, or until when it waits, and why.

    ``profile``, where there is one, is to be stored: it remembers the send, or until when exit events may take it back,
    or that one has. ``is_unusable`` says that the channel cannot be used for this person, where another may. ``stops``
    are the gates that end a delivery here, with what each saw and needed; what only waits has none.
    """

    refusal: str = ""
    until: int | None = None
    profile: Profile | None = None
    is_unusable: bool = False
    stops: tuple[Reason, ...] = ()


def govern(
    profile: Profile, rules: RuleSet, message: Message, at: int, *, own: str = "", step: int | None = None
) -> Ruling:
    """Ask caps and quiet hours for a message at ``at``; ``own`` is the delivery's id, which counts once."""
    if not rules.policy.caps and not rules.policy.quiet:
        return Ruling((), at)
    purpose = rules.purposes.get(message.purpose, Purpose(message.purpose))
    sent = [one for one in profile.sent if one.id != own]
    caps = [cap for cap in rules.policy.caps if purpose.caps and cap.covers(message)]
    if any(cap.tier for cap in caps):
        tier = tier_of(rules.policy.tiers, AsOf(profile, rules, at).scope())
        caps = [cap for cap in caps if cap.tier in ("", tier)]
    quiet = rules.policy.quiet if purpose.quiet_hours else None
    zone = zone_of_person(profile) if any(isinstance(cap.per, str) for cap in caps) else None
    reasons = [_cap_reason(cap, sent, at, zone, step) for cap in caps]
    if any(not reason.passed and cap.over == "drop" for cap, reason in zip(caps, reasons, strict=True)):
        return Ruling(tuple(reasons), None)
    zones = possible_zones(quiet, AsOf(profile, rules, at).scope()) if quiet else ()
    free = _free_at(caps, sent, zone, quiet, zones, at)
    reasons = [_waits(reason, free) for reason in reasons]
    if quiet:
        reasons.append(_quiet_reason(quiet, zones, at, free, step))
        if quiet.held == "drop" and free_from(quiet, zones, at) != at:
            free = None
    return Ruling(tuple(reasons), free)


def permit(
    profile: Profile,
    rules: RuleSet,
    sending: Sent,
    at: int,
    *,
    is_last: bool = True,
    expires_at: int | None = None,
    step: int = 0,
) -> Permit:
    """Say whether a message may leave at ``at``, by consent, caps and quiet hours, and remember it when it may.

    Where it ``is_last``, no other channel can follow it, and exit events have nothing to take back any more.
    """
    agreed = judge_consent(profile, sending.purpose, sending.channel, rules.purposes, step=step)
    if not agreed.passed:
        why = f"consent: {agreed.expression}: {agreed.saw}"
        return Permit(refusal=why, is_unusable=True, stops=(agreed,))
    message = Message(sending.channel, sending.purpose, sending.tags)
    ruling = govern(profile, rules, message, at, own=sending.id, step=step)
    if ruling.free_at is None:
        return Permit(refusal=refused_by(ruling), stops=failing(ruling))
    if ruling.free_at > at:
        postponed = _postponed(profile, rules, sending.id, at, ruling.free_at, step)
        return _told(postponed, ruling, expires_at) if postponed.until is not None else postponed
    sent = [one for one in profile.sent if one.id != sending.id]
    sent = sorted([*sent, structs.replace(sending, at=at)], key=lambda one: (one.at, one.id))
    standing = _left(profile, sending.id) if is_last else _under_way(profile, sending.id)
    return Permit(profile=structs.replace(standing, sent=_kept(sent, rules.policy.caps)))


def _kept(sent: list[Sent], caps: Sequence[MessageCap]) -> list[Sent]:
    """Give the last messages, and for each cap the last that tell whether it is full."""
    kept = {one.id for one in sent[-SENT_LIMIT:]}
    for cap in caps if len(sent) > SENT_LIMIT else ():
        kept |= {one.id for one in [one for one in sent if _is_counted(cap, one)][-cap.times :]}
    return [one for one in sent if one.id in kept]


def _is_counted(cap: MessageCap, one: Sent) -> bool:
    return cap.covers(Message(one.channel, one.purpose, one.tags))


def _told(postponed: Permit, ruling: Ruling, expires_at: int | None) -> Permit:
    """Say what a message waits for; where it is valid no longer by then, it is not to be remembered as waiting."""
    why = "; ".join(_worded(one) for one in _holding(ruling))
    if expires_at is None or ruling.free_at is None or ruling.free_at <= expires_at:
        return postponed._replace(refusal=why)
    return Permit(refusal=why, until=ruling.free_at, stops=too_late(ruling, expires_at))


def _postponed(profile: Profile, rules: RuleSet, name: str, at: int, until: int, step: int) -> Permit:
    """Let an exit event take a message back for as long as it is held anew; one that is known ends it at once.

    One that was tried before is not taken back.
    """
    first = first_id(name)
    if any(one.id == name for one in profile.sent):
        return Permit(until=until)
    for trigger, waiting in profile.waiting.items():
        held = next((structs.replace(one, due=until) for one in waiting if one.action_id == first), None)
        if held is not None:
            known = rules.triggers.get(trigger)
            by = exit_of(Draft(profile, rules, at), known, held, held.key) if known else None
            if by is not None:
                why = structs.replace(exit_reason(by, until), step=step)
                left = _left(profile, name)
                return Permit(refusal=f"exit_on: {by.name} ({by.id})", profile=left, stops=(why,))
            moved = [held if one.action_id == first else one for one in waiting]
            kept = structs.replace(profile, waiting={**profile.waiting, trigger: moved})
            return Permit(until=until, profile=kept)
    return Permit(until=until)


def _under_way(profile: Profile, name: str) -> Profile:
    """Let no exit event take a message back while it is tried; the channel that follows it may be held again."""
    first = first_id(name)
    waiting = {
        trigger: [structs.replace(one, since=one.due) if one.action_id == first else one for one in found]
        for trigger, found in profile.waiting.items()
    }
    return structs.replace(profile, waiting=waiting)


def _left(profile: Profile, name: str) -> Profile:
    """Let no exit event take a message back any more."""
    kept = {
        trigger: [one for one in waiting if one.action_id != first_id(name)]
        for trigger, waiting in profile.waiting.items()
    }
    return structs.replace(profile, waiting={trigger: found for trigger, found in kept.items() if found})


def refused_by(ruling: Ruling) -> str:
    """Name the gate that refused, and what it saw."""
    return _worded(failing(ruling)[0])


def failing(ruling: Ruling) -> tuple[Reason, ...]:
    """Give the rules that refuse a message."""
    return tuple(one for one in ruling.reasons if not one.passed)


def too_late(ruling: Ruling, expires_at: int) -> tuple[Reason, ...]:
    """Give the rules that hold a message for longer than it is valid, as what stops it."""
    needed = f"free by {iso(expires_at)}"
    return tuple(structs.replace(one, passed=False, needed=needed) for one in _holding(ruling))


def _holding(ruling: Ruling) -> list[Reason]:
    """Give the rules that let a message wait: what they saw ends with the moment at which it is free."""
    assert ruling.free_at is not None
    free = iso(ruling.free_at)
    return [one for one in ruling.reasons if str(one.saw).endswith(f"held until {free}")]


def _worded(reason: Reason) -> str:
    return f"{reason.gate}: {reason.expression}, saw {reason.saw}"


def _cap_reason(
    cap: MessageCap, sent: Sequence[Sent], at: int, zone: ZoneInfo | None, step: int | None
) -> Reason:
    number = len(_counted(cap, sent, at, zone)) + 1
    fits = number <= cap.times
    return Reason("caps", fits, cap.expression, saw=number, needed=f"at most {cap.times}", step=step)


def _counted(cap: MessageCap, sent: Sequence[Sent], at: int, zone: ZoneInfo | None) -> list[int]:
    """Give the times of the messages that a cap counts beside one at ``at``."""
    if isinstance(cap.per, int):
        start, end = at - cap.per, at + cap.per + 1
    else:
        assert zone is not None
        start, end = (day_bounds if cap.per == "day" else week_bounds)(at, zone)
    covered = [one for one in sent if start <= one.at < end]
    return [one.at for one in covered if _is_counted(cap, one)]


def _free_at(
    caps: Sequence[MessageCap],
    sent: Sequence[Sent],
    zone: ZoneInfo | None,
    quiet: QuietHours | None,
    zones: Sequence[ZoneInfo],
    at: int,
) -> int | None:
    """Find the first moment from ``at`` on at which every cap has room and it is not quiet."""
    free = at
    for _ in range(_ROUNDS):
        later = max([free, *_room_from(caps, sent, zone, free)])
        found = free_from(quiet, zones, later) if quiet else later
        if found is None or found == free:
            return found
        free = found
    return None


def _room_from(
    caps: Sequence[MessageCap], sent: Sequence[Sent], zone: ZoneInfo | None, at: int
) -> Iterator[int]:
    """Give, for each cap that is full at ``at``, the first moment at which it may have room."""
    for cap in caps:
        times = sorted(_counted(cap, sent, at, zone))
        if len(times) < cap.times:
            continue
        if isinstance(cap.per, int):
            yield times[len(times) - cap.times] + cap.per + 1
        else:
            assert zone is not None
            yield (day_bounds if cap.per == "day" else week_bounds)(at, zone)[1]


def _waits(reason: Reason, free: int | None) -> Reason:
    """Let a cap that holds pass, and say until when."""
    if reason.passed or free is None:
        return reason
    return structs.replace(reason, passed=True, saw=f"{reason.saw}, held until {iso(free)}")


def _quiet_reason(
    quiet: QuietHours, zones: Sequence[ZoneInfo], at: int, free: int | None, step: int | None
) -> Reason:
    names = " or ".join(dict.fromkeys(zone.key for zone in zones[:3]))
    is_free = free_from(quiet, zones, at) == at
    passed = is_free or (quiet.held == "release" and free is not None)
    saw = f"free in {names}" if is_free else f"quiet in {names}"
    if not is_free and passed and free is not None:
        saw += f", held until {iso(free)}"
    begin, end = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (quiet.begin, quiet.end))
    return Reason(
        "quiet_hours", passed, f"quiet from {begin} to {end}", saw=saw, needed="not quiet", step=step
    )
