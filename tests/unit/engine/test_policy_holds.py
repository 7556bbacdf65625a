"""Whatever happens to a person, in whatever zone and order: groups, caps and quiet hours hold, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from competing import mail
from governing import at
from hypothesis import given, settings
from hypothesis import strategies as st
from one_person import ACT, DAY, HOUR, MINUTE, START, Person, rules

from core.engine.decision import Action
from core.engine.formula import compile_formula
from core.engine.governance import permit
from core.engine.places import zone_named
from core.engine.policy import Group, MessageCap, Policy, QuietHours
from core.engine.profile import Sent
from core.engine.rule import AbsenceAnchor, EventAnchor, Limits, Pattern, Purpose, RuleSet, Trigger, Wait

KEY, TIMEZONE = compile_formula("properties.key"), compile_formula("profile.traits.timezone")
LETTER = replace(mail(), purpose="letters")
NOTE = replace(LETTER, channel="sms", valid_for=6 * HOUR)

#: Around the nights in which clocks go forward and back, on both halves of the earth, and around a leap day.
TIMES = (
    "2026-03-28T20:00:00Z",
    "2026-10-24T20:00:00Z",
    "2026-03-08T02:00:00Z",
    "2026-11-01T01:00:00Z",
    "2026-04-04T10:00:00Z",
    "2028-02-28T18:00:00Z",
    "2026-03-02T10:00:00Z",
)
#: What is said of where a person is; the last two tell nothing.
SAID = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Mars/Base", "")
ELSEWHERE = tuple(zone for name in ("Europe/Berlin", "America/Chicago") if (zone := zone_named(name)))
CAPS = (
    MessageCap(2, 5 * HOUR, over="hold"),
    MessageCap(3, DAY),
    MessageCap(1, HOUR, channel="sms"),
    MessageCap(2, "day", channel="email", over="hold"),
    MessageCap(4, "week", over="hold"),
)
STEPS = st.tuples(
    st.sampled_from((0, 1, MINUTE, 20 * MINUTE, HOUR, HOUR + 1, 5 * HOUR, 11 * HOUR)),
    st.sampled_from("AAABC"),
    st.sampled_from("xy"),
    st.sampled_from((0, 0, 0, 30 * MINUTE, 2 * HOUR)),
    st.sampled_from((*SAID, "", "", "")),
)


def ruled(group: Group, caps: Iterable[MessageCap], quiet: QuietHours) -> RuleSet:
    """Make triggers that compete, wait and write by two channels."""
    ordered = (Pattern("B"),)
    first = _trigger("a", EventAnchor((Pattern("A"),), key=KEY), LETTER, NOTE)
    second = _trigger("b", EventAnchor((Pattern("A"), *ordered)), NOTE, Wait(3 * HOUR), LETTER)
    third = _trigger("c", AbsenceAnchor((Pattern("A"),), ordered, 20 * MINUTE, key=KEY), ACT, LETTER)
    triggers = (first, second, replace(third, exit_on=(Pattern("C"),), limits=Limits(cooldown=MINUTE)))
    policy = Policy(tuple(caps), quiet, {"g": group})
    letters = Purpose("letters", consent_required=False)
    return replace(rules(*triggers), policy=policy, purposes={"letters": letters})


def _trigger(name: str, when: EventAnchor | AbsenceAnchor, *steps: object) -> Trigger:
    return Trigger(
        name,
        when,
        steps,
        status="live",
        group="g",
        anchor_hash=f"{name}!",
        journey_hash=f"{name}!",  # type: ignore[arg-type]
    )


@dataclass
class Life:
    """A person, and the messages to them: each leaves as soon as it may."""

    person: Person
    queue: list[tuple[int, int, Action]] = field(default_factory=list)
    left: list[tuple[int, Action, str]] = field(default_factory=list)
    number: int = 0
    zone: str = ""

    def until(self, now: int) -> None:
        """Let timers and messages have their turns up to a moment."""
        self.person.until(now - START)
        self.take_up()
        while self.queue and min(due for due, _, _ in self.queue) <= now:
            self.queue.sort(key=lambda one: one[:2])
            due, number, action = self.queue.pop(0)
            self.ask(max(due, START), number, action)

    def ask(self, now: int, number: int, action: Action) -> None:
        """Ask for one intent."""
        if action.expires_at is not None and now > action.expires_at:
            return
        person = self.person
        found = permit(
            person.profile, person.rules, Sent(now, action.id, action.channel, action.purpose), now
        )
        person.profile = found.profile or person.profile
        if found.until is not None:
            assert found.until > now
            self.queue.append((found.until, number, action))
        elif not found.refusal:
            self.left.append((now, action, self.zone))

    def take_up(self) -> None:
        """Queue what was let go, and drop what was taken back."""
        for action in self.person.actions:
            if action.channel and action.status == "scheduled":
                self.number += 1
                self.queue.append((action.due_at, self.number, action))
        self.person.actions.clear()
        self.queue = [one for one in self.queue if one[2].id not in self.person.cancelled]


def lived(under: RuleSet, begin: int, steps: list[tuple[int, str, str, int, str]]) -> Life:
    """Let a person live through steps, and then for weeks on."""
    life, now = Life(Person(under)), begin
    for gap, name, key, behind, zone in steps:
        now += gap
        life.until(now)
        traits = {"timezone": zone} if zone and not behind else {}
        life.zone = traits.get("timezone", life.zone)
        life.person.event(name, now - behind - START, {"key": key}, traits=traits)
        life.take_up()
    for day in range(1, 40):
        life.until(now + day * DAY)
    return life


@settings(max_examples=120)
@given(
    begin=st.sampled_from(TIMES),
    caps=st.lists(st.sampled_from(CAPS), max_size=3, unique=True),
    group=st.builds(
        Group, st.integers(1, 2), st.sampled_from((HOUR, 3 * HOUR)), st.sampled_from(("hold", "drop"))
    ),
    night=st.sampled_from(((21, 8), (22, 3), (0, 2), (2, 3), (12, 14))),
    steps=st.lists(STEPS, min_size=1, max_size=25),
)
def test_nothing_passes_the_rules_above_all_triggers(
    begin: str,
    caps: list[MessageCap],
    group: Group,
    night: tuple[int, int],
    steps: list[tuple[int, str, str, int, str]],
) -> None:
    """Late events, changing zones and none at all, change of clocks and leap days: each rule holds in every window."""
    quiet = QuietHours(night[0] * 60, night[1] * 60, (TIMEZONE,), ELSEWHERE)
    life = lived(ruled(group, caps, quiet), at(begin), steps)
    fired = [one.at for one in life.person.decisions if one.outcome == "fired"]
    assert fullest(fired, group.per) <= group.times
    zones = {zone for _, _, zone in life.left}
    for cap in caps:
        sent = [when for when, one, _ in life.left if cap.channel in ("", one.channel)]
        if isinstance(cap.per, int):
            assert fullest(sent, cap.per) <= cap.times
        elif len(zones) == 1:
            assert most([period(when, *zones, cap.per) for when in sent]) <= cap.times
    assert not [when for when, _, zone in life.left if is_night(night, when, zone)]
    assert (life.queue, life.person.profile.held) == ([], {})


def fullest(times: list[int], per: int) -> int:
    """Count the fullest window of a length, both ends included."""
    return max((sum(end - per <= one <= end for one in times) for end in times), default=0)


def most(values: list[date]) -> int:
    """Count what comes most often."""
    return max(map(values.count, values), default=0)


def period(when: int, zone: str, unit: str) -> date:
    """Name the day, or the Monday of the week, that a clock shows."""
    day = datetime.fromtimestamp(when / 1_000, zone_named(zone) or UTC).date()
    return day - timedelta(days=day.weekday() if unit == "week" else 0)


def is_night(night: tuple[int, int], when: int, zone: str) -> bool:
    """Tell whether a clock shows quiet hours: that of the person, else any of those elsewhere."""
    known = zone_named(zone)
    hours = [datetime.fromtimestamp(when / 1_000, one).hour for one in ((known,) if known else ELSEWHERE)]
    begin, end = night
    return any(begin <= hour < end if begin < end else hour >= begin or hour < end for hour in hours)
