"""Every action of Salesforce against the fake one, alone and many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from crm_fakes import calls, drop, kept, send, sign_ins
from scripted_server import scripted
from traps import MovingClock

import connectors
from connectors.salesforce import Salesforce
from core.ports import Delivered, Outcome, Rejected, RetryLater, Unknown
from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()
KEY, SECRET = SETTINGS.salesforce_consumer_key, SETTINGS.salesforce_consumer_secret
CLIENT = {"consumer_key": KEY, "consumer_secret": SECRET, "domain": "acme.my"}
BY = {"external_id_field": "Cuewire_Id__c"}
CAMPAIGN = "701A00000000001AAA"
TOKEN = {"access_token": "session-1", "instance_url": "https://acme.my.salesforce.com"}
FIRST = {"status": 200, "json": TOKEN}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


def salesforce(base_url: str) -> Salesforce:
    """Build the destination against an address."""
    made = connectors.build("salesforce", "salesforce", {**CLIENT, "base_url": base_url}, clock=MovingClock())
    assert isinstance(made, Salesforce)
    return made


def at(sandbox: Sandbox) -> Salesforce:
    """Build the destination against the sandbox."""
    return salesforce(f"{sandbox.url}/salesforce")


def person(external_id: str, **fields: Any) -> dict[str, Any]:
    """Write the fields of an upsert."""
    return {**BY, "external_id": external_id, "LastName": "Lovelace", **fields}


def test_two_hundred_are_one_request_and_two_hundred_and_one_are_two(sandbox: Sandbox) -> None:
    """As many as a collection takes, each answer at the place of its delivery."""
    found = send(at(sandbox), "upsert_contact", *[person(f"u{number}") for number in range(201)])
    assert [one.reason for one in found] == ["created"] * 201
    ids = {one["key"]: one["id"] for one in sandbox.state.contacts()}
    assert found[7] == Delivered("created", reference=ids["Cuewire_Id__c/u7"])
    assert [one.rpartition("/v62.0/")[2] for one in calls(sandbox)] == [
        "composite/sobjects/Contact/Cuewire_Id__c",
        "sobjects/Contact/Cuewire_Id__c/u200",
    ]


def test_each_row_of_a_collection_is_read_for_itself(sandbox: Sandbox) -> None:
    """Unfit here, refused there, created and updated: one request."""
    made = at(sandbox)
    send(made, "upsert_contact", person("u1"))
    people = [
        person("u1"),
        {**BY, "external_id": "u2"},
        person("u3", id="003"),
        person("u4", Nope="x"),
        person("u5"),
    ]
    found = send(made, "upsert_contact", *people)
    assert [type(one) for one in found] == [Delivered, Rejected, Rejected, Rejected, Delivered]
    assert [one.reason for one in found] == [
        "updated",
        "Salesforce refused it: REQUIRED_FIELD_MISSING: Required fields are missing: [LastName]",
        "the field id is Salesforce's own; the record is found by the external id",
        "Salesforce refused it: INVALID_FIELD: No such column 'Nope' on sobject of type Contact",
        "created",
    ]
    assert len(calls(sandbox)) == 2


def test_one_record_twice_is_written_twice_and_in_order(sandbox: Sandbox) -> None:
    """Salesforce refuses a collection that names one external id twice."""
    people = [person("u1", Title="first"), person("u2"), person("u1", Title="second")]
    assert {type(one) for one in send(at(sandbox), "upsert_contact", *people)} == {Delivered}
    assert sandbox.state.contacts()[0]["fields"]["Title"] == "second"
    assert len(calls(sandbox)) == 2


def test_objects_and_key_fields_need_collections_of_their_own(sandbox: Sandbox) -> None:
    """One type and one field for each request."""
    orders = [
        {"object": "Order__c", **BY, "external_id": "o1", "Total__c": 1.0},
        {"object": "Cart__c", **BY, "external_id": "c1"},
        {"object": "Order__c", **BY, "external_id": "o2"},
    ]
    assert [one.reason for one in send(at(sandbox), "upsert_record", *orders)] == ["created"] * 3
    assert len(calls(sandbox)) == 2
    assert kept(sandbox, "Order__c")[0]["fields"] == {"Cuewire_Id__c": "o1", "Total__c": 1}


LOCKED = RetryLater("Salesforce asks to try again: UNABLE_TO_LOCK_ROW: x", alone=True)
SEVERAL = Rejected("several records in Salesforce have this external id; merge them there")
SILENT = RetryLater(
    "Salesforce gave an answer that does not say what became of the record", may_have_arrived=True
)
ROWS: list[tuple[str, Outcome]] = [
    ("UNABLE_TO_LOCK_ROW", LOCKED),
    ("DUPLICATE_EXTERNAL_ID", SEVERAL),
    ("STRING_TOO_LONG", Rejected("Salesforce refused it: STRING_TOO_LONG: x")),
    ("", SILENT),
]


@pytest.mark.parametrize(("code", "outcome"), ROWS)
def test_a_row_that_failed_is_read_by_its_code(code: str, outcome: Outcome) -> None:
    """The other row of the collection was written."""
    errors = [{"statusCode": code, "message": "x"}] if code else []
    good = {"id": "0032", "success": True, "created": True, "errors": []}
    rows = [{"success": False, "errors": errors}, good]
    with scripted([FIRST, {"status": 200, "json": rows}]) as server:
        found = send(salesforce(server.url), "upsert_contact", person("u1"), person("u2"))
    assert found == [outcome, Delivered("created", reference="0032")]


@pytest.mark.parametrize("answer", [[], {}, [{"id": "1", "success": True}], None])
def test_an_answer_that_does_not_fit_the_collection_is_no_success(answer: Any) -> None:
    """Nobody could tell whose row is whose; an upsert is simply sent again."""
    with scripted([FIRST, {"status": 200, "json": answer}]) as server:
        found = send(salesforce(server.url), "upsert_contact", person("u1"), person("u2"))
    assert {type(one) for one in found} == {RetryLater}


def test_a_session_that_ends_in_mid_batch_is_renewed_once(sandbox: Sandbox) -> None:
    """The second collection meets it; every row is delivered."""
    made = at(sandbox)
    send(made, "upsert_contact", person("u0"))
    sandbox.state.salesforce_sessions.end_all()
    with ThreadPoolExecutor(4) as pool:
        many = [[person(f"u{part}-{number}") for number in range(3)] for part in range(8)]
        found = list(pool.map(lambda part: send(made, "upsert_contact", *part), many))
    assert {type(one) for part in found for one in part} == {Delivered}
    assert sign_ins(sandbox) == 2


def test_a_lead_that_was_converted_goes_on_as_its_contact(sandbox: Sandbox) -> None:
    """Also among others in a collection; the address has other names there, and the company none."""
    made = at(sandbox)
    send(made, "upsert_lead", *[person(f"u{number}", Company="Engines") for number in (1, 2)])
    contact = sandbox.state.salesforce_organisation().convert(kept(sandbox, "Lead")[0])
    people = [person(f"u{number}", Company="Engines", City="Bath", FirstName="Ada") for number in (1, 2)]
    assert send(made, "upsert_lead", *people) == [
        Delivered("the lead was converted: its contact is updated", reference=contact["id"]),
        Delivered("updated", reference=kept(sandbox, "Lead")[1]["id"]),
    ]
    fields = sandbox.state.contacts()[0]["fields"]
    assert fields == {"LastName": "Lovelace", "MailingCity": "Bath", "FirstName": "Ada"}


def test_a_duplicate_rule_names_whom_it_found(sandbox: Sandbox) -> None:
    """The person has a record under no external id, or another."""
    made = at(sandbox)
    send(made, "upsert_contact", person("u1", Email="ada@example.com"))
    found = send(made, "upsert_contact", person("u2", Email="ada@example.com"), person("u3"))
    known = sandbox.state.contacts()[0]["id"]
    assert isinstance(found[0], Rejected)
    assert f"found the same person in {known}" in found[0].reason
    assert isinstance(found[1], Delivered)


def test_members_are_added_once_each(sandbox: Sandbox) -> None:
    """Who is one already stays one, and who is nobody is refused, in one request."""
    made = at(sandbox)
    send(made, "upsert_contact", person("u1"))
    ada, nobody = {**BY, "external_id": "u1"}, {**BY, "external_id": "u9"}
    people = [{"campaign_id": CAMPAIGN, **one} for one in (ada, nobody, ada)]
    found = send(made, "add_to_campaign", *people)
    assert [one.reason for one in found] == [
        "created",
        "Salesforce refused it: INVALID_FIELD: Foreign key external ID: "
        "u9 not found for field Cuewire_Id__c in entity Contact",
        "was a member already",
    ]
    assert len(kept(sandbox, "CampaignMember")) == 1


def test_a_task_with_a_field_of_its_own_is_never_there_twice(sandbox: Sandbox) -> None:
    """Without one, a lost answer stays unknown."""
    made = at(sandbox)
    send(made, "upsert_contact", person("u1"))
    task = {"subject": "Call", **BY, "external_id": "u1"}
    drop(sandbox, "salesforce", "*/sobjects/Task*")
    assert isinstance(send(made, "create_task", task)[0], Unknown)
    drop(sandbox, "salesforce", "*/sobjects/Task*")
    keyed = {
        "subject": "Call",
        "contact_id": sandbox.state.contacts()[0]["id"],
        "task_id_field": "Cuewire_Id__c",
    }
    assert isinstance(send(made, "create_task", keyed)[0], RetryLater)
    assert [one.reason for one in send(made, "create_task", keyed)] == ["updated"]
    assert [one["key"] for one in kept(sandbox, "Task")] == ["1", "Cuewire_Id__c/d0"]


def test_a_platform_event_is_known_by_the_message_of_its_enqueuing(sandbox: Sandbox) -> None:
    """The id is the same for many of them."""
    made = at(sandbox)
    found = send(made, "publish_event", {"event": "Cart_Left__e", "Email__c": "ada@example.com"})
    assert found[0].reason == "queued"
    assert isinstance(found[0], Delivered)
    assert len(found[0].reference) == 36
    drop(sandbox, "salesforce", "*/Cart_Left__e")
    assert isinstance(send(made, "publish_event", {"event": "Cart_Left__e"})[0], Unknown)
