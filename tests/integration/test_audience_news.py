"""What a platform computes of a person, told once for each identifier: it counts once, in both of its forms."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from embedded.world import World, compiled

from core.engine import decode
from core.ports import Transaction
from webhooks.sources.segment.call import forwarded

TRIGGER = """
trigger: welcome_vip
status: live
when: {event: Audience Entered, where: =event.properties.audience_key == "vip"}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: VIP}
"""
PERSONAS = {"personas": {"computation_class": "audience", "computation_key": "vip", "space_id": "spa_1"}}


@pytest.fixture
def shop(world: World) -> World:
    """Give a world in which an audience is watched."""
    world.pipeline.publish(compiled(world.folder / "rules", welcome_vip=TRIGGER))
    return world


_numbers = count()


def told(world: World, **call: Any) -> str:
    """Tell of Ada, each time under another message id, as Segment forwards it."""
    number = next(_numbers)
    message = {"userId": "ada", "messageId": f"m-{number}", "context": PERSONAS, **call}
    world.clock.time += 1000
    (status,) = world.send(dict(forwarded(message)))
    return status


def entered(world: World, value: Any = True, **more: Any) -> str:
    """Tell that she entered, as a track call."""
    name = "Audience Entered" if value not in (False, "false") else "Audience Exited"
    return told(world, type="track", event=name, properties={"audience_key": "vip", "vip": value}, **more)


def identified(world: World, value: Any = True, **more: Any) -> str:
    """Tell the same by an identify call."""
    return told(world, type="identify", traits={"vip": value, "email": "ada@example.com"}, **more)


def trait(world: World) -> Any:
    """Give what she is known for."""

    def find(tx: Transaction) -> Any:
        (owner,) = tx.profiles.owners([("user_id", "ada")]).values()
        return decode(tx.profiles.states([owner])[owner]).traits["vip"].value

    return world.store.write(find)


@pytest.mark.parametrize("tell", [entered, identified])
def test_the_same_entry_counts_once_however_often_it_is_told(shop: World, tell: Callable[..., str]) -> None:
    """Segment tells it for each identifier, and again for each new one; leaving and coming back is news."""
    assert [tell(shop) for _ in range(3)] == ["applied"] * 3
    assert shop.outcomes("welcome_vip") == ["fired"]
    tell(shop, anonymousId="visitor-7")
    assert shop.outcomes("welcome_vip") == ["fired"]
    tell(shop, False)
    tell(shop, False)
    assert trait(shop) is False
    tell(shop, "true")
    assert shop.outcomes("welcome_vip") == ["fired"] * 2


@pytest.mark.parametrize("forms", [(entered, identified), (identified, entered)])
def test_with_both_forms_on_whichever_comes_first_counts(
    shop: World, forms: tuple[Callable[..., str], ...]
) -> None:
    """An admin of Segment may send identify and track calls; there is one entry all the same."""
    for form in forms:
        form(shop)
    assert shop.outcomes("welcome_vip") == ["fired"]
    assert trait(shop) is True


def test_what_is_told_again_still_joins_identifiers(shop: World) -> None:
    """The person is found by each of the identifiers that the repeats brought."""
    entered(shop, anonymousId="visitor-7")
    entered(shop, anonymousId="visitor-8")
    pairs = [("anonymous_id", "visitor-7"), ("anonymous_id", "visitor-8"), ("user_id", "ada")]
    found = shop.store.write(lambda tx: tx.profiles.owners(pairs))
    assert len(found) == 3
    assert len(set(found.values())) == 1


def test_another_person_is_another_entry(shop: World) -> None:
    """What one is known for says nothing of the next."""
    entered(shop)
    entered(shop, userId="bo")
    assert shop.outcomes("welcome_vip") == ["fired"] * 2
