"""Requests of privacy in the store: what a sender tells of one again, and who erases by the identifier."""

from __future__ import annotations

from typing import Any

from embedded.world import World

from core.pipeline.privacy import all_requests, close_erasures_of
from core.pipeline.privacy_desk import PrivacyDesk
from core.ports.privacy import PrivacyRequest


def told(number: str, message_id: str, **privacy: str) -> dict[str, Any]:
    """Give the call by which a processor or a partner speaks of a subject's request."""
    return {
        "type": "delete",
        "messageId": message_id,
        "context": {"privacy": {"request_id": number, **privacy}},
    }


def kept(world: World) -> PrivacyRequest:
    """Give the only request."""
    (found,) = world.store.write(all_requests)
    return found


def test_what_only_another_company_does_is_told_and_waits_for_nobody(world: World) -> None:
    """A status without a person is heard of; each status counts once, however often it is sent."""
    for status in ("pending", "pending", "in_progress", "completed"):
        world.send(told("s-1", f"opendsr-{status}", status=status))
    found = kept(world)
    assert (found.state, found.kind, found.sender_status, found.times) == ("told", "", "completed", 3)


def test_a_request_of_which_we_first_heard_the_status_can_be_fulfilled(world: World) -> None:
    """Whichever of the two comes first, they are one request, and it says what is asked for."""
    world.send({"type": "identify", "messageId": "i", "userId": "ada", "traits": {"plan": "pro"}})
    world.send(told("s-1", "a", status="in_progress"))
    world.send(told("s-1", "b", kind="erasure", regulation="gdpr") | {"userId": "ada"})
    found = kept(world)
    assert (found.state, found.kind, found.sender_status) == ("open", "erasure", "in_progress")
    done = PrivacyDesk(world.store, world.clock).erase(found.id)
    assert (done.state, done.identifiers, done.note[:18]) == ("closed", {}, "erased, receipt r_")
    assert world.store.write(lambda tx: tx.profiles.owners([("user_id", "ada")])) == {}


def test_a_status_after_the_end_leaves_it_closed(world: World) -> None:
    """The sender's own work may take weeks longer; only a new request opens ours again."""
    world.send(told("s-1", "a", kind="erasure") | {"userId": "ada"})
    PrivacyDesk(world.store, world.clock).close(kept(world).id, "refused: not the person")
    world.send(told("s-1", "b", status="completed"))
    assert (kept(world).state, kept(world).sender_status) == ("closed", "completed")
    world.send(told("s-1", "a", kind="erasure") | {"userId": "ada"})
    assert kept(world).state == "closed"


def test_the_offline_erasure_closes_the_requests_of_its_person_alone(world: World) -> None:
    """Whoever erases somebody by hand has seen to what was asked for them."""
    for user in ("ada", "bo"):
        world.send({"type": "identify", "messageId": f"i-{user}", "userId": user})
        world.send({"type": "delete", "messageId": f"d-{user}", "userId": user})
    owner = world.store.write(lambda tx: tx.profiles.owners([("user_id", "ada")]))[("user_id", "ada")]
    world.store.write(lambda tx: close_erasures_of(tx, owner, "r_1", world.clock.now()))
    found = {one.state: one for one in world.store.write(all_requests)}
    assert found["closed"].note == "erased, receipt r_1"
    assert found["open"].identifiers == {"user_id": ["bo"]}
