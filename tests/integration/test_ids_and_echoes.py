"""Ids that a CRM answers with join the person, and what we sent ourselves is known again when it comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from embedded.crm import Crm

from core.ports import Filter
from cuewire.sandbox import Sandbox
from cuewire.sandbox.settings import SandboxSettings

UPSERT = """
trigger: signed_up
status: live
when: {event: Signed Up}
limits: {cap: {times: 100, per: 1d}}
do:
  - hubspot.upsert_contact: {email: =context.traits.email, firstname: Ada}
"""
LINKED = """
trigger: linked
status: live
when: {enters: in_hubspot}
limits: {cap: {times: 100, per: 1d}}
do:
  - hubspot.track_event: {event_name: pe1_linked, contact_id: '=profile.identifiers.hubspot_id[0]'}
"""
PROFILE = 'segments: {in_hubspot: "=has(profile.identifiers.hubspot_id)"}\n'
FILES = {"triggers/signed_up.yaml": UPSERT, "triggers/linked.yaml": LINKED, "profile.yaml": PROFILE}

Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """Give a server that runs, with fake vendors."""
    fakes = Sandbox(SandboxSettings())
    fakes.start()
    made = Crm(tmp_path, fakes, FILES)
    made.runtime.start()
    yield made
    made.runtime.stop()
    fakes.stop()


def sign_up(crm: Crm, wait_until: Wait, email: str, user: str = "u1") -> None:
    """Let a person sign up, and wait until HubSpot has them."""
    before = len(statuses(crm))
    crm.tell("Signed Up", userId=user, context={"traits": {"email": email}})
    wait_until(lambda: statuses(crm).count("delivered") == before + 1)


def statuses(crm: Crm) -> list[str]:
    """Give what became of all deliveries."""
    return [row.status for row in crm.runtime.store.read.deliveries(Filter(limit=500)).rows]


def test_the_id_of_a_delivered_contact_joins_the_person_and_fires_nothing(crm: Crm, wait_until: Wait) -> None:
    """Not even a trigger that waits for people who have such an id; later notifications find the person by it."""
    sign_up(crm, wait_until, "ada@example.com")
    person = crm.person("user_id", "u1")
    assert person is not None
    (number,) = person.identifiers["hubspot_id"]
    assert crm.person("hubspot_id", number) == person
    decisions = crm.runtime.store.read.decisions(Filter(limit=500)).rows
    assert [row.trigger for row in decisions] == ["signed_up"]
    link = crm.events(source="hubspot")[-1]
    assert (link.type, link.status, link.profile_id) == ("link", "applied", person.id)
    log = crm.runtime.store.read.links(person.id)
    assert ("linked", "hubspot_id", number) in [(one.kind, one.namespace, one.value) for one in log]
    note = {
        "subscriptionType": "contact.creation",
        "objectId": int(number),
        "eventId": 1,
        "occurredAt": 1_765_043_528_476,
    }
    crm.hubspot([note])
    assert crm.events(source="hubspot")[-1].profile_id == person.id


def test_a_second_id_over_the_limit_is_not_linked_and_both_are_recorded(crm: Crm, wait_until: Wait) -> None:
    """The delivery stays delivered."""
    sign_up(crm, wait_until, "ada@example.com")
    sign_up(crm, wait_until, "a.lovelace@example.com")
    person = crm.person("user_id", "u1")
    assert person is not None and len(person.identifiers["hubspot_id"]) == 1
    kinds = [(one.kind, one.namespace) for one in crm.runtime.store.read.links(person.id)]
    assert ("over_limit", "hubspot_id") in kinds
    assert statuses(crm) == ["delivered", "delivered"]


def test_an_id_that_is_another_known_persons_stays_theirs(crm: Crm, wait_until: Wait) -> None:
    """Two people who share one address share one contact."""
    sign_up(crm, wait_until, "both@example.com", "u1")
    sign_up(crm, wait_until, "both@example.com", "u2")
    first, second = crm.person("user_id", "u1"), crm.person("user_id", "u2")
    assert first is not None and second is not None and first.id != second.id
    assert list(first.identifiers["hubspot_id"]) and "hubspot_id" not in second.identifiers


def test_the_daily_look_finds_nothing_missing_after_a_link(crm: Crm, wait_until: Wait) -> None:
    """A link is an event that can be told again."""
    sign_up(crm, wait_until, "ada@example.com")
    crm.runtime.auditor.ask(since=0)
    wait_until(lambda: not crm.runtime.auditor.is_running)
    report = crm.runtime.auditor.last()
    assert report is not None
    assert (report["missing"], report["differs"], report["unreadable"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "mark",
    [
        {"messageId": "cuewire-a_1"},
        {"context": {"integration": {"name": "cuewire"}}},
    ],
)
def test_our_own_calls_that_come_back_from_segment_are_echoes(
    crm: Crm, mark: dict[str, object], wait_until: Wait
) -> None:
    """By either mark, whatever they say; others that only look like it are taken."""
    assert crm.tell("Signed Up", **mark) == "echo"
    assert crm.tell("Signed Up", userId="u2", context={"integration": {"name": "other"}}) == "applied"
    rows = crm.events(source="segment")
    assert [(row.status, row.reason) for row in rows] == [
        ("echo", "echo: Cuewire sent this call itself"),
        ("applied", ""),
    ]
    assert crm.person("user_id", "u1") is None
    shown = crm.client.get("/api/events?status=echo", headers={"Authorization": "Bearer " + "k" * 40}).json
    assert shown is not None and len(shown["events"]) == 1
