"""Whose event it is: strongest first, limits, the shared device, aliases kept."""

from __future__ import annotations

import pytest

from core.engine import Graph, resolve
from core.engine.digest import profile_id
from core.engine.event import Identifier
from core.engine.identity import Refusal
from core.engine.rule import IdentifierRule, IdentityRules

RULES = IdentityRules(
    (
        IdentifierRule("user_id", 1),
        IdentifierRule("email", 2),
        IdentifierRule("anonymous_id", 3),
    )
)

USER, OTHER_USER = Identifier("user_id", "u1"), Identifier("user_id", "u2")
MAIL = Identifier("email", "ada@example.com")
DEVICE, OTHER_DEVICE = Identifier("anonymous_id", "a1"), Identifier("anonymous_id", "a2")


def graph(**people: list[Identifier]) -> Graph:
    """Make a graph in which each person owns these identifiers."""
    owners = {identifier: person for person, owned in people.items() for identifier in owned}
    held: dict[str, dict[str, set[str]]] = {person: {} for person in people}
    for identifier, person in owners.items():
        held[person].setdefault(identifier.namespace, set()).add(identifier.value)
    return Graph(owners, held)


def test_a_stranger_gets_a_profile_named_after_the_strongest_identifier() -> None:
    """A first event makes a profile whose id anyone can derive again."""
    found = resolve((USER, DEVICE), graph(), RULES)
    assert found == (profile_id("user_id", "u1"), True, (), (USER, DEVICE), ())


def test_an_event_goes_to_the_profile_of_its_strongest_identifier() -> None:
    """A weaker identifier that is new joins the stronger one's profile."""
    found = resolve((USER, DEVICE), graph(ada=[USER]), RULES)
    assert (found.profile_id, found.is_new, found.accepted) == ("ada", False, (USER, DEVICE))


def test_a_visitor_who_is_identified_keeps_the_profile() -> None:
    """A new user id joins the profile that its anonymous id began."""
    found = resolve((USER, DEVICE), graph(visitor=[DEVICE]), RULES)
    assert (found.profile_id, found.merges, found.accepted) == ("visitor", (), (USER, DEVICE))


def test_an_anonymous_profile_merges_into_the_known_one() -> None:
    """An anonymous id seen with a known user becomes that user's."""
    found = resolve((USER, DEVICE), graph(ada=[USER], visitor=[DEVICE]), RULES)
    assert (found.profile_id, found.merges, found.accepted) == ("ada", ("visitor",), (USER, DEVICE))


def test_a_shared_device_stays_with_the_person_who_had_it() -> None:
    """Two user ids on one device never merge; the refusal names who keeps the device."""
    found = resolve((OTHER_USER, DEVICE), graph(ada=[USER, DEVICE], bob=[OTHER_USER]), RULES)
    assert (found.profile_id, found.merges, found.accepted) == ("bob", (), (OTHER_USER,))
    assert found.refused == (Refusal("shared_device", DEVICE, "ada"),)


def test_a_new_user_on_a_known_device_is_a_new_person() -> None:
    """A second user id finds no room in the first person's profile and begins one of its own."""
    found = resolve((OTHER_USER, DEVICE), graph(ada=[USER, DEVICE]), RULES)
    assert (found.profile_id, found.is_new) == (profile_id("user_id", "u2"), True)
    assert found.refused == (Refusal("shared_device", DEVICE, "ada"),)


def test_an_identifier_over_its_limit_is_not_linked() -> None:
    """The third e-mail of two is recorded and left out."""
    mails = [Identifier("email", f"{n}@example.com") for n in range(2)]
    found = resolve((USER, MAIL), graph(ada=[USER, *mails]), RULES)
    assert (found.profile_id, found.accepted) == ("ada", (USER,))
    assert found.refused == (Refusal("over_limit", MAIL, ""),)


def test_a_merge_that_would_break_a_limit_does_not_happen() -> None:
    """An anonymous profile with too many devices stays apart, and its owner is named."""
    mine = [Identifier("anonymous_id", f"m{n}") for n in range(2)]
    theirs = [DEVICE, OTHER_DEVICE]
    found = resolve((USER, DEVICE), graph(ada=[USER, *mine], visitor=theirs), RULES)
    assert (found.merges, found.accepted) == ((), (USER,))
    assert found.refused == (Refusal("over_limit", DEVICE, "visitor"),)


def test_one_event_can_join_several_anonymous_profiles() -> None:
    """Every weaker identifier brings its profile, and what one brings counts for the next limit."""
    found = resolve(
        (USER, MAIL, DEVICE), graph(ada=[USER], reader=[MAIL], visitor=[DEVICE, OTHER_DEVICE]), RULES
    )
    assert found.merges == ("reader", "visitor")
    assert found.accepted == (USER, MAIL, DEVICE)


def test_an_identifier_of_a_profile_merged_a_moment_ago_is_accepted() -> None:
    """Two identifiers of the same anonymous profile merge it once."""
    found = resolve((USER, DEVICE, OTHER_DEVICE), graph(ada=[USER], visitor=[DEVICE, OTHER_DEVICE]), RULES)
    assert (found.merges, found.accepted) == (("visitor",), (USER, DEVICE, OTHER_DEVICE))


def test_the_next_known_profile_with_room_is_home_to_new_identifiers() -> None:
    """A full profile of a stronger identifier is passed over for the next one with room."""
    full = [MAIL, Identifier("email", "second@example.com")]
    third = Identifier("email", "third@example.com")
    found = resolve((third, DEVICE), graph(visitor=[DEVICE, *full]), RULES)
    assert (found.is_new, found.refused) == (True, (Refusal("over_limit", DEVICE, "visitor"),))


@pytest.mark.parametrize("namespace", ["unheard_of"])
def test_a_namespace_without_a_rule_is_never_linked(namespace: str) -> None:
    """What identity.yaml does not name has no room anywhere."""
    stray = Identifier(namespace, "x")
    found = resolve((USER, stray), graph(ada=[USER]), RULES)
    assert found.refused == (Refusal("over_limit", stray, ""),)
