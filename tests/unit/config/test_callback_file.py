"""``callbacks/NAME.yaml``: what it compiles to, and every refusal with its line and column."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mapping_folder import Folder, rules

from core.engine.callback import read_notice

Refuse = Callable[[str, str], list[str]]

HEAD = "callback: hubspot\n"
FILE = """
callback: crm_eu
uses: hubspot
identifiers: {hubspot_id: =properties.contactId, email: =traits.email}
traits: {from: traits, rename: {firstname: first_name}, drop: [secret]}
consent: {marketing: =traits.agrees}
unknown: park
echo: =properties.ours == true
types: {amount: number}
lateness: 1m
events:
  contact.creation: Created
  contact.propertyChange:
    - event: Plan Changed
      where: =properties.propertyName == "plan"
      identifiers: {email: =properties.other, user_id: =properties.user}
      traits: {from: context.traits}
      consent: {marketing: {sms: =properties.sms}}
      unknown: ignore
    - Changed
  contact.deletion: null
"""


def test_each_event_has_the_files_words_with_its_own_laid_over(folder: Folder) -> None:
    """Identifiers and consent one by one, traits as a whole."""
    folder.write("callbacks/crm_eu.yaml", FILE)
    callback = rules(folder).callbacks["crm_eu"]
    assert (callback.name, callback.uses, list(callback.notices)) == (
        "crm_eu",
        "hubspot",
        ["contact.creation", "contact.propertyChange", "contact.deletion"],
    )
    (created,) = callback.notices["contact.creation"]
    assert (created.where, created.unknown) == (None, "park")
    assert created.mapping.events == {"contact.creation": "Created"}
    assert set(created.mapping.identifiers) == {"hubspot_id", "email"}
    assert (created.mapping.traits_rename, created.mapping.lateness) == ({"firstname": "first_name"}, 60_000)
    plan, changed = callback.notices["contact.propertyChange"]
    assert plan.unknown == "ignore" and plan.where is not None
    assert set(plan.mapping.identifiers) == {"hubspot_id", "email", "user_id"}
    assert plan.mapping.traits_from == ("context.traits",) and plan.mapping.traits_rename == {}
    assert set(plan.mapping.consent) == {("marketing", ""), ("marketing", "sms")}
    assert changed.mapping.events == {"contact.propertyChange": "Changed"}
    assert callback.notices["contact.deletion"] == ()
    assert read_notice(callback, {"properties": {"ours": True}}).verdict == "echo"


def test_without_a_file_there_are_no_callbacks(folder: Folder) -> None:
    """The shipped ones are only to begin with; a file that holds nothing switches one off."""
    assert rules(folder).callbacks == {}
    folder.write("callbacks/hubspot.yaml", "null\n")
    assert rules(folder).callbacks == {}


def test_a_trigger_may_wait_for_an_event_of_a_callback(folder: Folder) -> None:
    """Its name is known; the vendor's own name never comes."""
    folder.write("callbacks/crm_eu.yaml", FILE)
    trigger = "trigger: t\nstatus: shadow\nlimits: {once: true}\nwhen: {event: NAME}\ndo: [{wait: 1h}]\n"
    folder.write("triggers/t.yaml", trigger.replace("NAME", "Plan Changed"))
    assert not [one for one in folder.problems() if "event" in one]
    folder.write("triggers/t.yaml", trigger.replace("NAME", "contact.creation"))
    assert any("never comes" in one for one in folder.problems())


CASES = [
    (
        HEAD,
        "1:1: a callback needs `events` (add `events:`, their names of notifications to our events; null is none)",
    ),
    ("callback: hubspt\nevents: {}\n", "1:11: the file is named hubspot, but says `callback: hubspt`"),
    (HEAD + "uses: hubspt\nevents: {}\n", "2:7: unknown kind of callback `hubspt` (did you mean `hubspot`?)"),
    (HEAD + "events: {a: {evnt: A}}\n", "2:14: unknown key `evnt` (did you mean `event`?)"),
    (HEAD + "events: {a: 1}\n", "2:13: must be our event name, not `1` (quote it: '1')"),
    (HEAD + "events: {a: A}\nunknown: drop\n", "3:10: must be one of create, park, ignore, not `drop`"),
    (HEAD + "events: {a: A}\nidentifiers: {emial: =properties.e}\n", "3:15: unknown identifier `emial`"),
    (HEAD + "events: {a: A}\nconsent: {markting: =properties.e}\n", "3:11: unknown purpose `markting`"),
    (HEAD + 'events: {a: A}\necho: =profile.id == "1"\n', "3:8: `profile` cannot be read here"),
    (HEAD + "events: {a: {event: A, where: properties.x}}\n", "2:31: must be a formula, which starts with ="),
    (HEAD + "events: {a: A}\nanswers: {stop: Bye}\n", "3:1: `hubspot` passes no answers on"),
    (HEAD + "events: {a: A}\nanswers: {halt: Bye}\n", "3:11: unknown key `halt`"),
    (HEAD + "events: {a: A}\ntraits: {from: nowhere}\n", "3:16: unknown place `nowhere`"),
]


@pytest.mark.parametrize(("text", "problem"), CASES)
def test_what_is_wrong_is_told_with_its_place(refuse: Refuse, text: str, problem: str) -> None:
    """And with what to do about it."""
    found = refuse("callbacks/hubspot.yaml", text)
    assert any(one.startswith(problem) for one in found), found


@pytest.mark.parametrize("answer", ["'Hi {{ name }}'", "'{% if a %}'", f"'{'x' * 1_601}'"])
def test_an_answer_is_plain_text_and_one_message_at_most(refuse: Refuse, answer: str) -> None:
    """It is passed on as it stands, before anything is known of the person."""
    (told,) = refuse("callbacks/twilio.yaml", f"callback: twilio\nevents: {{}}\nanswers:\n  stop: {answer}\n")
    assert told.startswith("4:9: an answer is no template, and one message at most")


def test_an_event_that_names_nobody_is_warned_of(refuse: Refuse) -> None:
    """Nothing but a set-aside notification could come of it."""
    text = HEAD + "events:\n  a: A\n  b: {event: B, identifiers: {email: =properties.e}}\n"
    told = "3:6: warning: this event names nobody (write `identifiers:` for it, or for the file)"
    assert told in refuse("callbacks/hubspot.yaml", text)


def test_a_callback_may_not_have_the_name_of_a_source(refuse: Refuse) -> None:
    """Their events could not be told apart."""
    text = "callback: segment\nuses: hubspot\nevents: {a: A}\n"
    assert refuse("callbacks/segment.yaml", text)[0].startswith("1:11: there is a source `segment` already")
