"""Ten thousand queued messages while a cap, a withdrawal or a stop lands: nothing leaves that may not.

The deliveries, the store, the lanes and their threads are real; people are judged by the pipeline as in the server.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from dispatch_world import START, ManualClock, Scripted, World, delivery, eventually

from core.dispatch import Dispatcher, Pace, StopSwitch
from core.engine import decode, encode, new_profile
from core.engine.policy import MessageCap, Policy
from core.engine.profile import Consent
from core.engine.rule import IdentityRules, RuleSet
from core.pipeline import Pipeline
from core.ports import DeliveryRow, Filter, Status, Transaction

DAY = 86_400_000
PEOPLE, EACH = 100, 100
PACE = Pace(concurrency=32, per_second=1_000_000, burst=1_000_000)

#: Both lanes together; each has its own threads.
CHANNELS = {"email": "mail", "sms": "text"}


@dataclass
class Crowd:
    """A hundred people, each with a hundred messages that are due now, half of them by each channel."""

    world: World
    pipeline: Pipeline
    vendors: list[Scripted] = field(default_factory=lambda: [Scripted(name) for name in CHANNELS.values()])

    def fill(self) -> None:
        """Store the people, who have agreed, and their messages."""

        def job(tx: Transaction) -> None:
            people = [new_profile(f"p{number}", START) for number in range(PEOPLE)]
            for person in people:
                person.consent["marketing/"] = Consent(granted=True, at=START, source="test")
            tx.profiles.put([(person.id, encode(person), None) for person in people])
            tx.deliveries.add([self.message(number) for number in range(PEOPLE * EACH)])

        self.world.store.write(job)

    def message(self, number: int) -> DeliveryRow:
        """Make one of the messages."""
        channel = ("email", "sms")[number // PEOPLE % 2]
        return delivery(
            f"d{number}",
            person=f"p{number % PEOPLE}",
            destination=CHANNELS[channel],
            channel=channel,
            purpose="marketing",
        )

    def withdraw(self) -> None:
        """Let everyone withdraw their consent, in one transaction."""

        def job(tx: Transaction) -> None:
            for one, state in tx.profiles.states([f"p{number}" for number in range(PEOPLE)]).items():
                person = decode(state)
                person.consent["marketing/"] = Consent(granted=False, at=START, source="test")
                tx.profiles.put([(one, encode(person), None)])

        self.world.store.write(job)

    def run(self) -> Dispatcher:
        """Start a dispatcher that judges as the server does."""
        made = Dispatcher(
            self.world.store,
            {vendor.name: vendor for vendor in self.vendors},
            self.world.clock,
            self.pipeline.permit,
            paces=dict.fromkeys(CHANNELS.values(), PACE),
        )
        made.start()
        self.world.running.append(made)
        return made

    def calls(self) -> list[str]:
        """Give what was really sent."""
        return [call for vendor in self.vendors for call in vendor.calls]

    def has_sent(self, least: int) -> None:
        """Wait until some messages have left."""
        eventually(lambda: len(self.calls()) >= least)

    def is_done(self) -> None:
        """Wait until no message waits or is under way."""
        eventually(lambda: sum(self.open().values()) == 0)

    def open(self) -> Counter[str]:
        """Count what is not finished, by status."""
        counts = self.world.store.read.counts()
        return Counter(
            {one: counts.get(f"deliveries.{one}", 0) for one in ("scheduled", "sending", "retrying")}
        )

    def rows(self) -> Iterator[DeliveryRow]:
        """Read every delivery."""
        cursor = ""
        while True:
            page = self.world.store.read.deliveries(Filter(limit=500, cursor=cursor))
            yield from page.rows
            if not page.next:
                return
            cursor = page.next


def a_moment() -> None:
    """Give what must not happen the time to happen: there is nothing to wait for."""
    threading.Event().wait(0.2)


def crowd(world: World, policy: Policy) -> Crowd:
    """Fill a world."""
    rules = replace(RuleSet("1", IdentityRules(()), {}, {}), policy=policy)
    made = Crowd(world, Pipeline(world.store, world.clock, rules))
    made.fill()
    return made


@pytest.fixture(autouse=True)
def quiet_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand lines would tell nothing."""
    monkeypatch.setattr("core.dispatch.attempt.log.info", lambda *_, **__: None)


@pytest.mark.parametrize(
    "cap", [MessageCap(3, DAY), MessageCap(3, "day"), MessageCap(3, DAY, purpose="marketing")]
)
def test_no_cap_is_ever_passed_by_threads_and_restarts(world: World, cap: MessageCap) -> None:
    """Two lanes of 32 threads, stopped and started in between: each person gets exactly what the cap allows."""
    made = crowd(world, Policy(caps=(cap,)))
    first = made.run()
    made.has_sent(20)
    first.stop(grace=20)
    made.run()
    made.is_done()
    sent = Counter(row.profile_id for row in made.rows() if row.status == Status.DELIVERED)
    assert sent == Counter({f"p{number}": 3 for number in range(PEOPLE)})
    refused = {row.reason for row in made.rows() if row.status == Status.SUPPRESSED}
    assert all(reason.startswith("caps: cap ") and reason.endswith("saw 4") for reason in refused)
    assert len(made.calls()) == 3 * PEOPLE


def test_a_cap_of_one_channel_leaves_the_other_alone(world: World) -> None:
    """What is dropped of one lane takes nobody's place in the other."""
    made = crowd(world, Policy(caps=(MessageCap(1, DAY, channel="sms"), MessageCap(2, DAY, channel="email"))))
    made.run()
    made.is_done()
    sent = Counter((row.profile_id, row.channel) for row in made.rows() if row.status == Status.DELIVERED)
    assert set(sent.values()) == {1, 2}
    assert Counter(channel for _, channel in sent.elements()) == {"sms": PEOPLE, "email": 2 * PEOPLE}


def test_what_a_cap_holds_leaves_window_by_window(world: World) -> None:
    """Nothing is lost by being held: with room for fifty, a hundred messages take two windows."""
    made = crowd(world, Policy(caps=(MessageCap(50, DAY, over="hold"),)))
    made.run()
    eventually(lambda: len(made.calls()) == 50 * PEOPLE and made.open()["sending"] == 0)
    waiting = [row for row in made.rows() if row.status == Status.SCHEDULED]
    assert len(waiting) == 50 * PEOPLE
    eventually(
        lambda: all(row.due_at == START + DAY + 1 for row in made.rows() if row.status == Status.SCHEDULED)
    )
    world.pass_time(DAY)
    a_moment()
    assert len(made.calls()) == 50 * PEOPLE
    world.pass_time(1)
    made.is_done()
    assert Counter(row.profile_id for row in made.rows() if row.status == Status.DELIVERED) == Counter(
        {f"p{number}": EACH for number in range(PEOPLE)}
    )


def test_a_withdrawal_stops_everything_that_has_not_left(world: World) -> None:
    """What was under way at that commit may arrive; nothing else ever does, also after a restart."""
    made = crowd(world, Policy())
    first = made.run()
    made.has_sent(500)
    made.withdraw()
    allowed = {row.id for row in made.rows() if row.status in (Status.SENDING, Status.DELIVERED)}
    first.stop(grace=20)
    made.run()
    made.is_done()
    assert set(made.calls()) <= allowed
    assert len(made.calls()) == len(set(made.calls())) < PEOPLE * EACH
    reasons = {row.reason for row in made.rows() if row.status == Status.SUPPRESSED}
    assert reasons == {f"consent: marketing by {channel}: withdrawn" for channel in CHANNELS}


def test_a_stop_holds_everything_and_loses_nothing(world: World) -> None:
    """Nothing is claimed after it, nor by the next process; once it is lifted, everything leaves."""
    made = crowd(world, Policy())
    first = made.run()
    made.has_sent(500)
    StopSwitch(world.store, world.clock, lambda: None).stop("a wrong price in the text")
    allowed = {row.id for row in made.rows() if row.status in (Status.SENDING, Status.DELIVERED)}
    first.stop(grace=20)
    second = made.run()
    eventually(lambda: made.open()["sending"] == 0)
    a_moment()
    assert set(made.calls()) <= allowed
    again = StopSwitch(world.store, world.clock, second.notify)
    assert again.standing is not None
    assert again.standing.reason == "a wrong price in the text"
    assert again.resume()
    made.is_done()
    assert sorted(made.calls()) == sorted(f"d{number}" for number in range(PEOPLE * EACH))


def test_a_stop_takes_hold_within_a_second(world: World) -> None:
    """From its answer on, no request begins but those already committed."""
    made = crowd(world, Policy())
    made.run()
    made.has_sent(200)
    began = len(made.calls())
    StopSwitch(world.store, world.clock, lambda: None).stop("")
    eventually(lambda: made.open()["sending"] == 0)
    settled = len(made.calls())
    a_moment()
    assert began <= settled == len(made.calls()) < PEOPLE * EACH


def test_a_clock_that_moves_never_lets_a_window_hold_too_much(world: World) -> None:
    """The cap holds in every window that one can lay over what was sent."""
    clock = world.clock
    assert isinstance(clock, ManualClock)
    made = crowd(world, Policy(caps=(MessageCap(2, 1_000, over="hold"),)))
    made.run()
    for _ in range(12):
        made.has_sent(len(made.calls()))
        eventually(lambda: made.open()["sending"] == 0)
        world.pass_time(700)
    eventually(lambda: made.open()["sending"] == 0)
    times: dict[str, list[int]] = {}
    for row in made.rows():
        times.setdefault(row.profile_id, []).extend(attempt.started_at for attempt in row.attempts)
    fullest = max(sum(end - 1_000 <= time <= end for time in mine) for mine in times.values() for end in mine)
    assert fullest == 2
