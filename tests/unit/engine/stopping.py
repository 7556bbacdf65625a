"""Steps behind a wait that do not leave, by each gate, and what the decision on each says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from governing import BERLIN, NIGHT, at, got
from one_person import DAY, HOUR, START, Person, rules

from core.engine.decision import Decision
from core.engine.event import ConsentStatement
from core.engine.instant import iso
from core.engine.policy import MessageCap, Policy
from core.engine.rule import Act, EventAnchor, Pattern, Send, Step, Trigger
from core.engine.stops import is_stop
from core.engine.value import Literal, compile_value

DATA = Act("hubspot", "upsert_contact", {"name": Literal("x")})
YES, NO = (ConsentStatement("marketing", "", True),), (ConsentStatement("marketing", "", False),)
NO_SMS = (ConsentStatement("marketing", "sms", False),)

#: The wait is over at ten in the evening, in Berlin.
EVENING = at("2026-03-02T21:00:00Z") - START
MORNING = at("2026-03-03T07:00:00Z")
OVER = iso(START + EVENING)


def act(**more: Any) -> Act:
    """Make an e-mail that anybody can get."""
    known = {"channel": "email", "purpose": "marketing", "message": "note", "fields": {"to": Literal("x")}}
    return Act("sendgrid", "send_email", **{**known, **more})


def let_go(
    policy: Policy, *steps: Step, when: int, meanwhile: Callable[[Person], object], **more: Any
) -> Person:
    """Let a person fire once, let something happen before the waits are over, and let time go on to the evening."""
    kind = {"status": "live", "anchor_hash": "a", **more}
    trigger = Trigger(
        "t", EventAnchor((Pattern("Added"),), key=compile_value("=properties.cart")), steps, **kind
    )
    person = Person(replace(rules(trigger), policy=policy))
    person.event("Hello", 0, traits={"timezone": BERLIN}, consent=YES)
    person.event("Added", when, {"cart": "c1"}, id="added")
    meanwhile(person)
    person.until(EVENING + 1)
    return person


def nothing(person: Person) -> None:
    """Let nothing happen."""


def says(consent: tuple[ConsentStatement, ...]) -> Callable[[Person], object]:
    """Let the person state something while the wait is open."""
    return lambda person: person.event("Said", 2 * HOUR, consent=consent)


def forgets(person: Person) -> None:
    """Let there be no statement at all."""
    person.profile.consent = {}


def gets_one(person: Person) -> None:
    """Let the person get another message half an hour before the wait is over."""
    person.profile.sent = got(START + EVENING - HOUR // 2)


NO_POLICY, LETTER = Policy(), act()


@dataclass(frozen=True)
class Case:
    """A message behind a wait that does not leave, and what the decision on it says of its gate."""

    name: str
    gate: str
    expression: str
    saw: Any
    needed: Any
    policy: Policy = NO_POLICY
    step: Step = LETTER
    meanwhile: Callable[[Person], object] = nothing
    status: str = "suppressed"

    def __str__(self) -> str:
        return self.name


DROP = Policy(quiet=replace(NIGHT, held="drop"))
SMS = act(channel="sms")
EITHER = Send("note", (act(), SMS))
AGREES = "granted consent"
QUIET = "quiet from 21:00 to 08:00"
HELD = f"quiet in Europe/Berlin, held until {iso(MORNING)}"

CASES = (
    Case("withdrawn", "consent", "marketing by email", "withdrawn", AGREES, meanwhile=says(NO)),
    Case(
        "denied by its channel",
        "consent",
        "marketing by sms",
        "withdrawn",
        AGREES,
        step=SMS,
        meanwhile=says(NO_SMS),
    ),
    Case("never given", "consent", "marketing by email", "no statement", AGREES, meanwhile=forgets),
    Case(
        "no channel usable",
        "consent",
        "marketing by email",
        "email: withdrawn; sms: withdrawn",
        AGREES,
        step=EITHER,
        meanwhile=says(NO),
    ),
    Case(
        "no channel usable, each for its own reason",
        "consent",
        "marketing by email",
        "email: properties.mail is missing; sms: withdrawn",
        "email: an address; sms: granted consent",
        step=Send("note", (act(fields={"to": compile_value("=properties.mail")}), SMS)),
        meanwhile=says(NO),
    ),
    Case(
        "no address",
        "consent",
        "marketing by email",
        "properties.mail is missing",
        "an address",
        step=act(fields={"to": compile_value("=properties.mail")}),
    ),
    Case(
        "a cap that drops",
        "caps",
        "cap all messages 1 per 1d",
        2,
        "at most 1",
        Policy((MessageCap(1, DAY),)),
        meanwhile=gets_one,
    ),
    Case(
        "a cap that holds for too long",
        "caps",
        "cap all messages 1 per 1d",
        f"2, held until {iso(START + EVENING - HOUR // 2 + DAY + 1)}",
        f"free by {iso(START + EVENING + HOUR)}",
        Policy((MessageCap(1, DAY, over="hold"),)),
        act(valid_for=HOUR),
        gets_one,
        "expired",
    ),
    Case("quiet hours that drop", "quiet_hours", QUIET, "quiet in Europe/Berlin", "not quiet", DROP),
    Case(
        "quiet hours that last too long",
        "quiet_hours",
        QUIET,
        HELD,
        f"free by {iso(START + EVENING + HOUR)}",
        Policy(quiet=NIGHT),
        act(valid_for=HOUR),
        status="expired",
    ),
    Case(
        "a value that is missing",
        "anchor",
        "body of note",
        "properties.name is missing",
        "a value",
        step=act(fields={"to": Literal("x"), "body": compile_value("Hi {{ properties.name }}")}),
    ),
    Case(
        "a required field without a value",
        "anchor",
        "email of hubspot.upsert_contact",
        "email has no value",
        "a value",
        step=replace(DATA, require=("email",)),
    ),
)


def stops(person: Person) -> list[Decision]:
    """Give the decisions on what was stopped."""
    return [one for one in person.decisions if is_stop(one)]
