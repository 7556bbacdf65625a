"""Every action of HubSpot against the fake one, alone and many at a time: rows keep their places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from crm_fakes import calls, drop, kept, send
from scripted_server import scripted
from traps import MovingClock

import connectors
from connectors.hubspot import HubSpot
from core.ports import Delivered, Rejected, RetryLater
from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()
ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


def hubspot(base_url: str) -> HubSpot:
    """Build the destination against an address."""
    values = {"access_token": SETTINGS.hubspot_access_token, "base_url": base_url}
    made = connectors.build("hubspot", "hubspot", values, clock=MovingClock())
    assert isinstance(made, HubSpot)
    return made


def at(sandbox: Sandbox) -> HubSpot:
    """Build the destination against the sandbox."""
    return hubspot(f"{sandbox.url}/hubspot")


def test_a_hundred_contacts_are_one_request_and_a_hundred_and_one_are_two(sandbox: Sandbox) -> None:
    """As many as HubSpot takes, each answer at the place of its delivery."""
    people = [{"email": f"a{number}@example.com", "score": number} for number in range(101)]
    outcomes = send(at(sandbox), "upsert_contact", *people)
    ids = {one["key"]: one["id"] for one in sandbox.state.contacts()}
    assert outcomes == [Delivered("created", reference=ids[one["email"]]) for one in people]
    assert len(calls(sandbox)) == 2


def test_five_hundred_events_are_one_request_and_five_hundred_and_one_are_two(sandbox: Sandbox) -> None:
    """HubSpot takes more events at a time than records."""
    events = [{"event_name": "pe1_seen", "email": f"a{number}@example.com"} for number in range(501)]
    assert {type(one) for one in send(at(sandbox), "track_event", *events)} == {Delivered}
    assert calls(sandbox) == ["POST /events/v3/send/batch"] * 2
    assert len(kept(sandbox, "event")) == 501


def test_unfit_and_refused_rows_leave_the_others_in_their_places(sandbox: Sandbox) -> None:
    """One is refused here, one by HubSpot, the others are written."""
    people = [{"email": ADA}, {"email": "nobody"}, {"email": "a@b"}, {"email": BEN}]
    found = send(at(sandbox), "upsert_contact", *people)
    assert [type(one) for one in found] == [Delivered, Rejected, Rejected, Delivered]
    assert found[2] == Rejected("HubSpot refused it: Email address a@b is invalid")
    assert len(calls(sandbox)) == 1


def test_one_person_twice_is_written_twice_and_in_order(sandbox: Sandbox) -> None:
    """HubSpot refuses a batch that names one contact twice."""
    people = [{"email": ADA, "stage": "lead"}, {"email": BEN}, {"email": ADA.upper(), "stage": "customer"}]
    assert {type(one) for one in send(at(sandbox), "upsert_contact", *people)} == {Delivered}
    assert sandbox.state.contacts()[0]["fields"]["stage"] == "customer"
    assert len(calls(sandbox)) == 2


def test_keys_of_different_properties_need_requests_of_their_own(sandbox: Sandbox) -> None:
    """And a company is another object."""
    made = at(sandbox)
    mixed = [
        {"email": ADA},
        {"id_property": "cuewire_id", "id": "u2", "email": BEN},
        {"email": "c@example.com"},
    ]
    assert {type(one) for one in send(made, "upsert_contact", *mixed)} == {Delivered}
    company = {"id_property": "cuewire_id", "id": "acme", "name": "Acme"}
    assert send(made, "upsert_company", company) == [Delivered("created", reference="70001")]
    assert len(calls(sandbox)) == 3


def test_record_ids_update_and_never_create(sandbox: Sandbox) -> None:
    """An unknown one is named by HubSpot, the others are written."""
    made = at(sandbox)
    send(made, "upsert_contact", {"email": ADA}, {"email": BEN})
    ids = [{"id_property": "hs_object_id", "id": one, "stage": "lead"} for one in ("50002", "9", "50001")]
    found = send(made, "upsert_contact", *ids)
    assert [type(one) for one in found] == [Delivered, Rejected, Delivered]
    assert [one["fields"]["stage"] for one in sandbox.state.contacts()] == ["lead", "lead"]


def test_rows_that_are_answered_without_traces_are_known_by_what_found_them() -> None:
    """The record ids of an upsert by e-mail are needed for the list."""
    results = [{"id": str(number), "properties": {"email": one}} for number, one in enumerate((BEN, ADA))]
    added = {"recordsIdsAdded": ["0", "1"], "recordIdsMissing": [], "recordIdsRemoved": []}
    with scripted([{"status": 200, "json": {"results": results}}, {"status": 200, "json": added}]) as server:
        found = send(
            hubspot(server.url), "add_to_list", *[{"list_id": 7, "email": one} for one in (ADA, BEN)]
        )
    assert found == [Delivered("added", reference="1"), Delivered("added", reference="0")]


def test_a_key_that_looks_like_a_record_id_names_nobody_else() -> None:
    """Numbers of your own and HubSpot's record ids are different things: a wrong id would join two people."""
    results = [
        {"id": "8", "new": True, "properties": {"shop_id": "7"}},
        {"id": "7", "new": True, "properties": {"shop_id": "8"}},
    ]
    keys = [{"id_property": "shop_id", "id": one} for one in ("7", "8")]
    with scripted([{"status": 200, "json": {"results": results}}]) as server:
        found = send(hubspot(server.url), "upsert_contact", *keys)
    assert found == [Delivered("created", reference="8"), Delivered("created", reference="7")]


def test_a_batch_that_is_refused_as_a_whole_is_narrowed_down_to_the_row_it_is_about(sandbox: Sandbox) -> None:
    """Events have no answer row by row: the bad one is found by halves, the good ones are accepted once."""
    events = [{"event_name": f"pe1_e{number}", "email": ADA} for number in range(7)]
    events[4]["event_name"] = "no such event"
    found = send(at(sandbox), "track_event", *events)
    assert [type(one) for one in found] == [*[Delivered] * 4, Rejected, *[Delivered] * 2]
    assert [one["writes"] for one in kept(sandbox, "event")] == [1] * 6


def test_an_outage_in_the_middle_leaves_what_was_written_written() -> None:
    """The second request of a batch fails; only its rows are tried again."""
    good = {"status": 200, "json": {"results": [{"id": "51"}]}}
    with scripted([good, {"status": 503}]) as server:
        found = send(hubspot(server.url), "upsert_contact", {"email": ADA}, {"email": ADA})
    assert found == [Delivered("updated", reference="51"), RetryLater("HubSpot answered 503")]


def test_a_list_of_many_costs_two_requests_and_no_look_up(sandbox: Sandbox) -> None:
    """One upsert for those without a record id, one change of the list for all."""
    made = at(sandbox)
    send(made, "upsert_contact", {"email": ADA})
    people = [
        {"list_id": 7, "contact_id": "50001"},
        {"list_id": 7, "email": BEN},
        {"list_id": 7, "contact_id": "9"},
    ]
    assert send(made, "add_to_list", *people) == [
        Delivered("added", reference="50001"),
        Delivered("added", reference="50002"),
        Rejected("HubSpot has no contact with the record id 9"),
    ]
    assert calls(sandbox)[1:] == [
        "POST /crm/v3/objects/contacts/batch/upsert",
        "PUT /crm/v3/lists/7/memberships/add",
    ]
    assert len(kept(sandbox, "list member")) == 2


def test_who_is_taken_off_a_list_does_not_become_a_contact_by_it(sandbox: Sandbox) -> None:
    """An unknown person is on no list; a known one is found by e-mail."""
    made = at(sandbox)
    send(made, "add_to_list", {"list_id": 7, "email": ADA})
    found = send(made, "remove_from_list", {"list_id": 7, "email": ADA}, {"list_id": 7, "email": BEN})
    assert [one.reason for one in found] == [
        "removed",
        "HubSpot has no contact with this e-mail address, so it is on no list",
    ]
    assert [one["key"] for one in sandbox.state.contacts()] == [ADA]
    assert kept(sandbox, "list member") == []


def test_many_are_taken_off_a_list_by_two_requests(sandbox: Sandbox) -> None:
    """One reads who they are, one takes them off; nobody is looked up alone."""
    made = at(sandbox)
    people = [{"list_id": 7, "email": f"P{number}@example.com"} for number in range(40)]
    send(made, "add_to_list", *people[:39])
    before = len(calls(sandbox))
    found = send(made, "remove_from_list", *people)
    assert [one.reason for one in found[:39]] == ["removed"] * 39
    assert "no contact" in found[39].reason
    assert len(calls(sandbox)) - before == 2


def test_a_second_address_is_found_by_itself() -> None:
    """HubSpot answers with the first address, by which nobody of the request is known."""
    read = {"results": [{"id": "1", "properties": {"email": "a@work.example"}}, {"id": "2"}]}
    one = {"id": "1", "properties": {"email": "a@work.example"}}
    gone = {"status": 404, "json": {"message": "resource not found"}}
    removed = {"recordsIdsAdded": [], "recordIdsMissing": [], "recordIdsRemoved": ["1"]}
    script = [{"status": 200, "json": body} for body in (read, one)]
    with scripted([*script, gone, {"status": 200, "json": removed}]) as server:
        people = [{"list_id": 7, "email": email} for email in (ADA, BEN)]
        found = send(hubspot(server.url), "remove_from_list", *people)
        assert found[0] == Delivered("removed", reference="1")
        assert "no contact" in found[1].reason
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("answer", "asked"), [({"status": 400, "json": {"message": "no"}}, 3), ({"status": 503}, 1)]
)
def test_a_read_that_fails_takes_nobody_off(answer: dict[str, Any], asked: int) -> None:
    """Where it is refused each is asked after alone, for it may be about one of them; else all wait."""
    with scripted([answer]) as server:
        people = [{"list_id": 7, "email": email} for email in (ADA, BEN)]
        found = send(hubspot(server.url), "remove_from_list", *people)
        assert {type(one) for one in found} == {Rejected if asked == 3 else RetryLater}
        assert len(server.requests) == asked


def test_lists_that_are_refused_cost_no_more_requests(sandbox: Sandbox) -> None:
    """A refusal is about the list, which is the same for all of them."""
    with scripted([{"status": 400, "json": {"message": "no"}}]) as server:
        people = [{"list_id": 7, "contact_id": str(number)} for number in range(10)]
        found = send(hubspot(server.url), "add_to_list", *people)
        assert {type(one) for one in found} == {Rejected}
        assert len(server.requests) == 1


def test_a_workflow_starts_by_list_or_property(sandbox: Sandbox) -> None:
    """Both kinds in one batch, answers in their places."""
    people: list[dict[str, Any]] = [
        {"email": ADA, "property": "cuewire_workflow", "value": "win_back"},
        {"email": BEN, "list_id": 7},
    ]
    found = send(at(sandbox), "enrol_contact", *people)
    assert [one.reason for one in found] == ["created", "added"]
    assert {one["key"]: one["fields"].get("cuewire_workflow") for one in sandbox.state.contacts()} == {
        ADA: "win_back",
        BEN: None,
    }


def test_an_association_names_both_by_what_the_upserts_answer(sandbox: Sandbox) -> None:
    """With a label too, and neither is looked up."""
    made = at(sandbox)
    pair = {"email": ADA, "company_id_property": "cuewire_id", "company": "acme"}
    assert send(made, "associate_company", pair) == [Delivered("associated", reference="50001")]
    labelled = {"contact_id": "50001", "company_id": "70001", "label": 36}
    assert send(made, "associate_company", labelled) == [Delivered("associated", reference="50001")]
    (tie,) = kept(sandbox, "association")
    assert tie["fields"] == {"contact": "50001", "company": "70001", "label": 36}
    assert not [one for one in calls(sandbox) if one.startswith("GET")]


def test_a_lost_answer_sends_no_second_e_mail(sandbox: Sandbox) -> None:
    """The sendId is the delivery's; HubSpot says that it knows it."""
    drop(sandbox, "hubspot", "*single-email*")
    made, mail = at(sandbox), {"to": ADA, "email_id": 7}
    assert isinstance(send(made, "send_email", mail)[0], RetryLater)
    assert send(made, "send_email", mail) == [Delivered("was sent before", reference="70001")]
    assert len(kept(sandbox, "e-mail")) == 1


def test_a_lost_answer_records_an_event_under_the_same_uuid(sandbox: Sandbox) -> None:
    """Whether HubSpot counts it once is HubSpot's; the sandbox does."""
    drop(sandbox, "hubspot", "/events/*")
    made, event = at(sandbox), {"event_name": "pe1_cart_left", "email": ADA}
    assert isinstance(send(made, "track_event", event)[0], RetryLater)
    assert isinstance(send(made, "track_event", event)[0], Delivered)
    assert [one["writes"] for one in kept(sandbox, "event")] == [2]


def test_erasure_never_blocks_an_address_that_nobody_has(sandbox: Sandbox) -> None:
    """HubSpot would keep the address away for ever; the person can still become a contact."""
    made = at(sandbox)
    assert isinstance(send(made, "erase", {"email": ADA})[0], Delivered)
    assert kept(sandbox, "blocked e-mail") == []
    send(made, "upsert_contact", {"email": ADA})
    assert send(made, "erase", {"email": ADA}) == [Delivered("erased", reference="50001")]
    assert sandbox.state.contacts() == []


def test_the_sandbox_has_the_trap_that_erasure_avoids(sandbox: Sandbox) -> None:
    """By e-mail, as HubSpot allows, the address is blocked, and an upsert of it refused."""
    made = at(sandbox)
    made.connect()
    made.api.call("crm.contacts.basic_api.purge", {"objectId": ADA, "idProperty": "email"})
    (outcome,) = send(made, "upsert_contact", {"email": ADA})
    assert isinstance(outcome, Rejected)
    assert "blocklisted" in outcome.reason


def test_tasks_merges_and_subscriptions_reach_the_contact(sandbox: Sandbox) -> None:
    """Each in one request where the record id is known."""
    made = at(sandbox)
    send(made, "upsert_contact", {"email": ADA, "firstname": "Ada"}, {"email": BEN, "city": "Bath"})
    task = {"contact_id": "50001", "subject": "Call", "due": "2027-01-16T08:00:00Z"}
    assert send(made, "create_task", task) == [Delivered("created", reference="70001")]
    pair = {"contact_id": "50001", "merged_contact_id": "50002"}
    assert send(made, "merge_contacts", pair) == [Delivered("merged", reference="50001")]
    wish = {"email": ADA, "subscription_id": 9, "status": "UNSUBSCRIBED"}
    assert send(made, "set_subscription", wish) == [Delivered("unsubscribed")]
    (contact,) = sandbox.state.contacts()
    assert contact["fields"] == {"email": ADA, "firstname": "Ada", "city": "Bath"}
    assert kept(sandbox, "task")[0]["fields"]["contacts"] == ["50001"]
    assert kept(sandbox, "subscription")[0]["fields"]["statusState"] == "UNSUBSCRIBED"
