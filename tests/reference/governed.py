"""Random stories under rules above all triggers: groups, bursts, caps, quiet hours, and messages that leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

from reference.drawing import TRACKS, Drawing
from reference.policy import Group, MessageCap, Policy, Quiet
from reference.rules import Rule, Step
from reference.stories import MOMENTS, SATURDAY, ZONES, Setting, Telling, publish
from reference.timelines import Arrival, Leaves, Published, Story, Turn, Wake
from reference.zones import COUNTRIES, PHONES

ANCHORS = ("event", "event", "event", "absence", "absence", "count", "sequence", "inactive", "enters")
HOUR = 3_600_000


def evening(*day: int) -> int:
    """Give ten in the evening of a day."""
    return int(datetime(*day, 22, tzinfo=UTC).timestamp()) * 1_000


#: The evenings before clocks go back and forward in Europe, then in America, and two before a leap day; and where.
NIGHTS = (
    (SATURDAY, "Europe/Berlin"),
    (evening(2024, 3, 30), "Europe/Berlin"),
    (evening(2023, 11, 4), "America/New_York"),
    (evening(2024, 3, 9), "America/New_York"),
    (evening(2024, 2, 27), "Europe/Berlin"),
)

GAPS = (0, 0, 0, 1, 1, 1, 2, 3, 5, 8, 12)


@dataclass
class Above:
    """Draws what stands above the triggers of one story."""

    draw: Random
    unit: int
    is_days: bool

    def policy(self) -> Policy:
        """Draw a policy; each part may be absent."""
        draw = self.draw
        caps = tuple(self.cap() for _ in range(draw.choice([0, 1, 1, 2, 3])))
        quiet = self.quiet() if self.is_days and draw.random() < 0.7 else None
        groups = {name: self.group() for name in ("g", "h") if draw.random() < 0.8}
        excused = ["transactional", "news"]
        uncapped, unquiet = ({name for name in excused if draw.random() < 0.3} for _ in range(2))
        return Policy(caps, quiet, groups, frozenset(uncapped), frozenset(unquiet))

    def cap(self) -> MessageCap:
        """Draw a cap of a channel, a tag, a purpose or all."""
        draw = self.draw
        per = draw.choice([2, 5, 12]) * self.unit
        what = draw.choice([{}, {}, {"channel": "sms"}, {"tag": "promo"}, {"purpose": "marketing"}])
        hold = draw.random() < 0.5
        if self.is_days and draw.random() < 0.5:
            return MessageCap(draw.choice([1, 1, 2]), draw.choice(["day", "day", "week"]), **what, hold=hold)
        return MessageCap(draw.choice([1, 1, 2, 3]), per, **what, hold=hold)

    def quiet(self) -> Quiet:
        """Draw quiet hours, by day, by night, or around the hour at which clocks are changed."""
        draw = self.draw
        begin, end = draw.choice([(21, 8), (22, 2.5), (0, 2), (1.5, 3), (23, 9), (12, 14), (2, 2.75), (3, 3)])
        zones = draw.choice(
            [("timezone", "phone", "country"), ("timezone",), ("phone", "country"), ("country", "timezone")]
        )
        otherwise = draw.choice(
            [("UTC",), ("Europe/Berlin",), ("America/New_York", "America/Chicago", "America/Los_Angeles")]
        )
        names = tuple(ZoneInfo(name) for name in otherwise)
        return Quiet(int(begin * 60), int(end * 60), zones, names, draw.random() < 0.25)

    def group(self) -> Group:
        """Draw how a group is ruled."""
        draw = self.draw
        return Group(draw.choice([1, 1, 2]), draw.choice([1, 2, 5]) * self.unit, draw.random() < 0.65)

    def above(self, rule: Rule) -> Rule:
        """Put a trigger under a group, with bursts and another priority; its messages get channels and tags."""
        draw = self.draw
        steps = tuple(self.step(step) for step in rule.steps)
        return replace(
            rule,
            steps=steps,
            group=draw.choice(["g", "g", "g", "h", ""]),
            priority=draw.choice([1, 1, 2]),
            shadow=draw.random() < 0.1,
            debounce=draw.choice([0, 0, 0, 1, 2, 2, 3]) * self.unit,
            trailing=draw.random() < 0.6,
        )

    def step(self, step: Step) -> Step:
        """Draw a message's channel and tags, and of some waits the time of day."""
        draw = self.draw
        if step.kind == "wait" and self.is_days and draw.random() < 0.4:
            return replace(step, clock=draw.choice([2 * 60 + 30, 2 * 60 + 30, 2 * 60, 9 * 60, 0]))
        if step.kind != "message":
            return step
        valid = draw.choice([None, 1, 2, 3, 12]) if step.valid_for else None
        return replace(
            step,
            channel=draw.choice(["sms", "sms", "email"]),
            tags=draw.choice([(), (), ("promo",)]),
            valid_for=valid and valid * self.unit + draw.choice([0, 0, 1]),
        )


def governed_story(seed: int) -> Story:
    """Draw a whole story under a policy."""
    draw = Random(seed)
    is_days = draw.random() < 0.65
    start, home = draw.choice(NIGHTS)
    setting = Setting(HOUR, ANCHORS, 12, start, ("day",), GAPS, 0) if is_days else MOMENTS
    tracks = tuple(draw.sample(TRACKS, draw.choice([2, 3])))
    drawing = Drawing(draw, setting.unit, ANCHORS, tracks, ())
    above = Above(draw, setting.unit, is_days)
    measures = drawing.measures()
    rules = [above.above(drawing.rule(f"t{number}")) for number in range(draw.randint(1, 4))]
    drawing.rules[:] = rules
    lateness = draw.choice([(0, 0), (0, 0), (2, 0), (0, 1), (3, 3)])
    telling = Telling(
        draw,
        setting,
        tracks,
        late=draw.choice([0.0, 0.0, 0.2, 0.45]),
        lateness={"segment": lateness[0] * setting.unit, "shop": lateness[1] * setting.unit},
        now=setting.start,
    )
    people, length = draw.choice([1, 1, 2, 3]), draw.randint(10, 40)
    turns: list[Turn] = list(
        telling.turns(people=people, length=length, imported=0, watchful=draw.random() < 0.5)
    )
    if draw.random() < 0.2:
        publish(draw, drawing, turns)
    turns = [published(draw, above, turn) for turn in turns]
    phone = draw.choice([*PHONES, ""])
    told = [turn for one in turns for turn in with_leaves(draw, placed(draw, one, phone, home), setting.unit)]
    return Story(seed, rules, told, measures, above.policy())


def published(draw: Random, above: Above, turn: Turn) -> Turn:
    """Let what is published bring other caps and quiet hours along."""
    if not isinstance(turn, Published) or draw.random() < 0.5:
        return turn
    return replace(turn, policy=above.policy())


def placed(draw: Random, turn: Turn, phone: str, home: str) -> Turn:
    """Let some events tell where a person is."""
    if not isinstance(turn, Arrival):
        return turn
    event = turn.event
    traits = {name: value for name, value in event.traits.items() if name not in ("timezone", "country")}
    if draw.random() < 0.2:
        traits["timezone"] = draw.choice([home, home, *ZONES])
    if draw.random() < 0.2:
        traits["country"] = draw.choice([*COUNTRIES, "Atlantis"])
    phone = phone if draw.random() < 0.3 else ""
    return replace(turn, event=event._replace(traits=traits, phone=phone))


def with_leaves(draw: Random, turn: Turn, unit: int) -> list[Turn]:
    """Let the dispatcher look around some turns: before what happens, and behind it."""
    if isinstance(turn, Published):
        return [turn]
    retry = draw.choice([0, 0, 0, 1, 3]) * unit
    before = [Leaves(turn.now, prompt=True)] if draw.random() < 0.5 else []
    behind = [Leaves(turn.now, prompt=draw.random() < 0.3, retry=retry)] if draw.random() < 0.6 else []
    if isinstance(turn, Wake):
        behind = [Leaves(turn.now, prompt=draw.random() < 0.7)]
    return [*before, turn, *behind]
