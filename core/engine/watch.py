"""Segments and scores: judged after each event and whenever time alone may change them, as of the latest moment."""

from __future__ import annotations

from collections.abc import Iterator

from core.engine.asof import AsOf
from core.engine.condition import truth
from core.engine.decision import Reason
from core.engine.draft import Draft, Match
from core.engine.formula import Unknown
from core.engine.gathered import next_change
from core.engine.instant import iso
from core.engine.matching import key_of
from core.engine.profile import LAST_SEQ, Moment, thin_moment
from core.engine.rule import ScoreAnchor, SegmentAnchor, Trigger
from core.engine.view import events_view
from core.engine.when import key_formula


def judge_states(draft: Draft, at: int, by: Moment | None = None) -> None:
    """Judge every segment and score as of ``at`` or later; ``by`` is the event that may have changed them.

    What changes joins the draft's matches, unless the draft is quiet.
    """
    draft.moved = False
    profile, rules = draft.profile, draft.rules
    if not rules.segments and not rules.by_state:
        return
    at = profile.judged = max(profile.judged, profile.clock, at)
    changed = set(_judge_segments(draft, at))
    matched = [one for one in rules.by_state if _has_come(draft, one, changed, at)]
    profile.recheck = next_recheck(draft.as_of(at))
    if not draft.quiet:
        draft.matches += [_match(draft, trigger, at, by) for trigger in matched]


def next_recheck(person: AsOf) -> int | None:
    """Give the first time at which time alone may change a segment or a score."""
    profile, watched, at = person.profile, person.rules.watched, person.at
    times = [
        next_change(profile.marks.get(tally.id, []), at, within=tally.within, ago=tally.ago)
        for tally in watched.tallies
    ]
    if profile.last_active is not None:
        times += [due for pause in watched.pauses if (due := profile.last_active + pause) > at]
    return min((time for time in times if time is not None), default=None)


def _judge_segments(draft: Draft, at: int) -> Iterator[tuple[str, bool]]:
    """Judge the segments, each behind those it names; gives those that changed, and whether they hold now."""
    members = draft.profile.members
    for name, segment in draft.rules.segments.items():
        holds = truth(segment.condition, draft.as_of(at).scope()) is True
        if holds != (name in members):
            if holds:
                members[name] = at
            else:
                del members[name]
            draft.changed()
            yield name, holds


def _has_come(draft: Draft, trigger: Trigger, changed: set[tuple[str, bool]], at: int) -> bool:
    """Tell whether a state has changed in the way that an anchor waits for."""
    when = trigger.when
    if isinstance(when, SegmentAnchor):
        return (when.segment, when.enters) in changed
    assert isinstance(when, ScoreAnchor)
    above, score = draft.profile.above, draft.as_of(at).score(when.name)
    if isinstance(score, Unknown):
        return False
    if trigger.name in above:
        if score < when.reset_below:
            del above[trigger.name]
        return False
    if score > when.above:
        above[trigger.name] = at
    return score > when.above


def _match(draft: Draft, trigger: Trigger, at: int, by: Moment | None) -> Match:
    anchor = by or thin_moment(at, LAST_SEQ, f"{draft.profile.id}@{iso(at)}")
    scope = draft.scope(anchor)
    key = key_of(key_formula(trigger.when), scope)
    case = events_view([by], 1) if by else {}
    return Match(at, trigger, key, anchor, _reason(draft, trigger, at), case)


def _reason(draft: Draft, trigger: Trigger, at: int) -> Reason:
    when = trigger.when
    if isinstance(when, SegmentAnchor):
        word, now = ("enters", "in it") if when.enters else ("leaves", "not in it")
        return Reason("anchor", True, f"{word} {when.segment}", saw=f"{now} since {iso(at)}", needed=now)
    assert isinstance(when, ScoreAnchor)
    score = draft.as_of(at).score(when.name)
    return Reason(
        "anchor", True, f"score {when.name} > {when.above:g}", saw=score, needed=f"more than {when.above:g}"
    )
