"""Digests that leave: what is asked at their due, what holds them, and what there is room for."""

from __future__ import annotations

from dataclasses import replace

from digesting import VIEWED, add, alert, gathering, letter, sent, someone, texts
from governing import NIGHT
from one_person import ACT, DAY, HOUR, MINUTE, START, Person

from core.engine.cancelling import cancel, open_journeys
from core.engine.event import ConsentStatement
from core.engine.instant import iso
from core.engine.policy import MessageCap, Policy
from core.engine.profile import DIGEST_BYTES, DIGEST_LIMIT, Sent
from core.engine.rule import Purpose, Trigger, Wait


def test_a_changed_or_removed_rule_takes_its_cases_out() -> None:
    """As from an open journey; a rule that became a shadow sends nothing either."""
    names = ("stays", "gone", "draft", "shadow", "other")
    person = someone(*(alert(name, exit_on=()) for name in names))
    add(person, "a", 0)
    held = {one.name: one for one in person.rules.triggers.values()}
    person.rules = replace(
        person.rules,
        triggers={
            "stays": replace(held["stays"], version="2"),
            "draft": replace(held["draft"], status="draft"),
            "shadow": replace(held["shadow"], status="shadow"),
            "other": replace(held["other"], journey_hash="changed"),
        },
    )
    person.until(DAY)
    assert texts(person) == ["stays:a"]
    ended = {one.trigger: one.reasons[0] for one in person.decisions if one.outcome == "not_met"}
    assert {name: one.expression for name, one in ended.items()} == {
        "gone": "the rule's `do`",
        "draft": "the rule's `do`",
        "other": "the rule's `do`",
        "shadow": "the rule's `status`",
    }
    person.rules = replace(person.rules, triggers={"stays": held["stays"]})
    add(person, "b", 2 * DAY)
    person.rules = replace(person.rules, triggers={})
    person.until(4 * DAY)
    assert [one.trigger for one in person.decisions[-2:]] == ["stays", "stays"]


def test_a_shadow_joins_nothing() -> None:
    """It decides, and hands nothing over."""
    person = someone(alert(status="shadow"))
    add(person, "a", 0)
    assert (person.last.outcome, person.profile.digests) == ("fired", {})


def test_consent_is_asked_when_it_joins_and_again_when_it_leaves() -> None:
    """Whoever may not be written to does not join; a withdrawal before the due stops the message."""
    person = someone()
    person.rules = replace(person.rules, purposes={"letters": Purpose("letters")})
    add(person, "a", 0)
    assert (person.last.outcome, person.profile.digests) == ("suppressed", {})
    assert [(one.status, one.reason) for one in person.actions] == [
        ("suppressed", "consent: letters by email: no statement")
    ]
    person.event("Said", 1, consent=(ConsentStatement("letters", "", True),))
    add(person, "b", 2)
    add(person, "c", 3)
    person.event("Said", 4, consent=(ConsentStatement("letters", "", False),))
    person.until(DAY)
    _, first, second = person.actions
    assert (first.status, first.reason.startswith("consent: letters by email: withdrawn")) == (
        "suppressed",
        True,
    )
    assert (second.status, second.reason) == ("cancelled", f"joined digest {first.id}")


def test_caps_are_asked_at_the_due_alone_and_count_it_once() -> None:
    """A cap that is full at the firings and free at the due stops nothing; one that is full then drops it."""
    person = someone(policy=Policy((MessageCap(1, HOUR),)))
    person.profile.sent = [Sent(START - MINUTE, "x", "email", "letters")]
    add(person, "a", 0)
    add(person, "b", 1)
    assert [one.outcome for one in person.decisions] == ["fired", "fired"]
    full = Person(person.rules)
    full.profile, full.seq = person.profile, person.seq
    person.until(DAY)
    assert texts(person) == ["t:a t:b"]
    full.profile.sent = [Sent(START + MINUTE, "x", "email", "letters")]
    full.until(DAY)
    assert [one.status for one in full.actions] == ["suppressed", "cancelled"]
    assert full.actions[0].reason.startswith("caps: ")


def nightly(*triggers: Trigger) -> Person:
    """Make a person for whom it is late evening at the start of the night: 21:00 in Berlin is 10 hours on."""
    return someone(*triggers, policy=Policy((), NIGHT))


#: 20:30 and, the next morning, 8:00 in Berlin.
EVENING, MORNING = 9 * HOUR + 30 * MINUTE, 21 * HOUR


def test_a_digest_that_is_due_at_night_waits_and_still_lets_its_cases_go() -> None:
    """Nobody joins it any more; it is filled in when it leaves."""
    person = nightly()
    add(person, "a", EVENING)
    add(person, "b", EVENING + MINUTE)
    person.until(EVENING + 2 * HOUR)
    (open_one, other) = open_journeys(person.profile)
    assert (person.actions, open_one.kind, open_one.due, other.due) == (
        [],
        "digest",
        START + MORNING,
        START + MORNING,
    )
    person.event("Ordered", MORNING, {"cart": "a"})
    person.until(DAY)
    assert (texts(person), [one.due_at for one in person.actions]) == (["t:b"], [START + MORNING])


def test_digests_that_wait_for_one_moment_leave_as_one() -> None:
    """What gathers at night is one message in the morning; what gathers in the morning is another."""
    person = nightly()
    for number, hour in enumerate((11, 13, 15)):
        add(person, str(number), hour * HOUR)
    person.until(20 * HOUR + MINUTE)
    add(person, "late", 20 * HOUR + 2 * MINUTE)
    person.until(DAY)
    assert texts(person) == ["t:0 t:1 t:2", "t:late"]
    assert [one.due_at for one in sent(person)] == [START + MORNING, START + MORNING + 2 * MINUTE]


def test_valid_for_counts_from_the_due() -> None:
    """What would not be free before it is over expires at once; what is free in time leaves with its end."""
    person = nightly(alert(steps=(gathering(letter(valid_for=2 * HOUR)),)))
    add(person, "a", EVENING)
    add(person, "b", EVENING)
    add(person, "c", 19 * HOUR + MINUTE)
    person.until(DAY)
    assert [one.status for one in person.actions] == ["expired", "cancelled", "scheduled"]
    assert person.actions[0].expires_at == START + EVENING + 3 * HOUR
    assert (person.actions[2].due_at, person.actions[2].expires_at) == (
        START + MORNING,
        START + 20 * HOUR + MINUTE + 2 * HOUR,
    )


def test_only_a_digest_of_one_case_is_taken_back_once_it_was_handed_over() -> None:
    """Of several cases one exit event cannot take back the others."""
    alone, both = someone(), someone()
    for person in (alone, both):
        add(person, "a", 0)
    add(both, "b", 1)
    for person in (alone, both):
        person.until(HOUR + 1)
    assert [one.action_id for one in alone.profile.waiting["t"]] == [alone.actions[0].id]
    assert both.profile.waiting == {}


def test_a_digest_is_bounded_by_cases_and_by_size() -> None:
    """What comes beyond is told as suppressed at once; one case always fits."""
    person = someone(alert(exit_on=()))
    for number in range(DIGEST_LIMIT + 1):
        add(person, str(number), number)
    (action,) = person.actions
    told = f"the digest of {iso(START + HOUR)} is full: {DIGEST_LIMIT} cases"
    assert (action.status, action.reason) == ("suppressed", told)
    person.until(DAY)
    assert len(texts(person)[0].split()) == DIGEST_LIMIT
    large = someone(alert(exit_on=()))
    for number in range(2):
        large.event("Added", number, {"cart": str(number), "text": "x" * DIGEST_BYTES})
    assert large.actions[0].reason.endswith("is full: 1 cases")
    large.until(DAY)
    assert texts(large) == ["t:0"]


def test_two_digests_of_people_found_to_be_one_unite() -> None:
    """From the earlier due on; exit events of either take out cases of both, and what is too much is left out."""
    person, other = someone(alert(), alert("u", when=VIEWED)), someone(alert(), name="q")
    other.seq = 1_000
    add(person, "a", 0)
    add(other, "b", MINUTE)
    other.event("Ordered", 2 * MINUTE, {"cart": "a"})
    person.join(other)
    person.event("Viewed", 3 * MINUTE)
    person.until(DAY)
    assert texts(person) == ["t:b u:-"]
    assert person.actions[0].due_at == START + HOUR
    crowd, more = someone(alert(exit_on=())), someone(alert(exit_on=()), name="q")
    more.seq = 1_000
    for number in range(30):
        add(crowd, f"c{number}", number)
        add(more, f"m{number}", number)
    crowd.join(more)
    crowd.until(DAY)
    found = [one.status for one in crowd.actions]
    assert (found.count("scheduled"), found.count("cancelled"), found.count("suppressed")) == (1, 49, 10)
    assert crowd.actions[-1].reason == f"no room in digest {crowd.actions[0].id}"


def test_a_case_is_cancelled_with_its_journey() -> None:
    """The rest of the digest and other journeys go on; the decision says who ended it."""
    person = someone(alert(steps=(gathering(), Wait(DAY), ACT)))
    add(person, "a", 0)
    add(person, "b", 1)
    first = person.decisions[0].id
    kinds = [(one.kind, one.key, one.step, one.due - START) for one in open_journeys(person.profile)]
    assert sorted(kinds) == [
        ("digest", "a", 0, HOUR),
        ("digest", "b", 0, HOUR),
        ("wait", "a", 2, DAY),
        ("wait", "b", 2, DAY + 1),
    ]
    done = cancel(person.profile, person.rules, START + 2, first)
    assert done is not None
    assert [one.reasons[0].expression for one in done.decisions] == ["cancelled by API"] * 2
    person._keep(done)
    person.until(DAY - 1)
    assert texts(person) == ["t:b"]


def test_a_template_that_misses_a_value_stops_the_message_and_names_it() -> None:
    """It is suppressed at the due, and the joined one names it."""
    person = someone(alert(steps=(gathering(letter("{{ profile.traits.name }}")),)))
    add(person, "a", 0)
    person.until(DAY)
    assert [(one.status, one.reason) for one in person.actions] == [
        ("suppressed", "text: profile.traits.name is missing")
    ]
