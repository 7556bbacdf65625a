"""People whose firings are gathered, and what is to leave of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from competing import ADDED, mail
from governing import BERLIN
from one_person import HOUR, Person, rules

from core.engine.decision import Action
from core.engine.policy import Policy
from core.engine.rule import Act, EventAnchor, Pattern, Purpose, Send, Trigger
from core.engine.value import compile_value

ORDERED = (Pattern("Ordered"),)
VIEWED = EventAnchor((Pattern("Viewed"),))
TEXT = "{% for one in cases %}{{ one.trigger }}:{{ one.key | default: '-' }} {% endfor %}"


def letter(text: str = TEXT, **more: Any) -> Act:
    """Make a message about cases."""
    act = mail()
    return replace(act, purpose="letters", fields={**act.fields, "text": compile_value(text)}, **more)


def gathering(act: Act | None = None, span: int = HOUR) -> Send:
    """Gather the firings of an hour into one message."""
    return Send("news", (replace(act or letter(), message="news"),), digest=span)


def alert(name: str = "t", **more: Any) -> Trigger:
    """Make a trigger that tells of carts."""
    known: dict[str, Any] = {"when": ADDED, "steps": (gathering(),), "status": "live", "exit_on": ORDERED}
    return Trigger(name, **{**known, **more})


def someone(*triggers: Trigger, policy: Policy | None = None, name: str = "p") -> Person:
    """Make a person in Berlin who may be written to under these triggers."""
    under = replace(rules(*(triggers or (alert(),))), policy=policy or Policy())
    person = Person(replace(under, purposes={"letters": Purpose("letters", consent_required=False)}), name)
    person.event("Said", 0, traits={"timezone": BERLIN})
    return person


def add(person: Person, cart: str, at: int, **more: Any) -> None:
    """Let a cart be filled."""
    person.event("Added", at, {"cart": cart}, **more)


def sent(person: Person) -> list[Action]:
    """Give what is to leave."""
    return [one for one in person.actions if one.status == "scheduled"]


def texts(person: Person) -> list[str]:
    """Give the texts that are to leave."""
    return [one.fields["text"].strip() for one in sent(person)]
