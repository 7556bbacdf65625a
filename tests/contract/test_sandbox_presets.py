"""The fakes of the described vendors, each judged by its own rules, and our destinations against them under faults."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from traps import delivery

import connectors
from core.ports import Delivered, DeliveryRow, Destination, Outcome, Rejected, RetryLater, Unknown
from cuewire.sandbox import Sandbox, SandboxSettings

SETTINGS = SandboxSettings()

#: One delivery of each action.
FIELDS: dict[str, dict[str, Any]] = {
    "webhook.send": {"email": "ada@example.com", "total": 80.0},
    "webhook.request": {"method": "PUT", "path": "/orders/o 1", "form": {"note": "ä"}},
    "slack.send_message": {"text": "hi"},
    "zapier.send": {"plan": "pro"},
    "make.send": {"plan": "pro"},
    "marketo.upsert_lead": {"email": "ada@example.com", "firstName": "Ada"},
    "mailchimp.upsert_member": {"email": "Ada@example.com", "merge_fields": {"FNAME": "Ada"}},
    "mailchimp.tag_member": {"email": "ada@example.com", "tag": "VIP"},
    "mailchimp.trigger_journey": {"email": "ada@example.com", "journey_id": 12.0, "step_id": 3},
    "customerio.identify": {"id": "u1", "created_at": "2026-01-01T00:00:00Z"},
    "customerio.track_event": {"id": "u1", "name": "Cart Abandoned", "data": {"total": 80.0}},
    "mixpanel.track_event": {"event": "Cart Abandoned", "distinct_id": "u1"},
    "mixpanel.update_profile": {"distinct_id": "u1", "plan": "pro"},
    "amplitude.track_event": {"event": "Cart Abandoned", "user_id": "u1"},
    "amplitude.update_user": {"user_id": "u1", "plan": "pro"},
}

#: What knows a second try by the delivery's own key, and what would do it twice.
KEYED = ["webhook.send", "customerio.track_event", "mixpanel.track_event", "amplitude.track_event"]
ONCE = ["slack.send_message", "zapier.send", "make.send", "mailchimp.trigger_journey"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


def build(sandbox: Sandbox, kind: str, **others: str) -> Destination:
    """Build a destination as a server with this sandbox does."""
    prefix = f"CUEWIRE_{kind}_".upper()
    environment = sandbox.settings.as_environment(sandbox.url).items()
    given = {
        name.removeprefix(prefix).lower(): value for name, value in environment if name.startswith(prefix)
    }
    return connectors.build(kind, kind, {**given, **others})


def rows(action: str, *several: dict[str, Any]) -> list[DeliveryRow]:
    """Build deliveries of an action."""
    return [delivery(f"dlv_{number}", **fields) for number, fields in enumerate(several)]


def send(made: Destination, name: str, **others: Any) -> Outcome:
    """Send the one delivery of an action."""
    (outcome,) = made.send(name.partition(".")[2], rows(name, {**FIELDS[name], **others}))
    return outcome


def ask(sandbox: Sandbox, vendor: str, **fault: Any) -> None:
    """Ask for a fault."""
    body = {"vendor": vendor, **fault}
    assert requests.post(f"{sandbox.url}/sandbox/faults", json=body, timeout=60).status_code == 201


def test_every_action_of_every_preset_is_served(sandbox: Sandbox) -> None:
    """In order: a member is there before it is tagged. The page shows what came of it."""
    made = {kind: build(sandbox, kind) for kind in {name.partition(".")[0] for name in FIELDS}}
    specs = {kind: one.spec.actions for kind, one in made.items()}
    assert {f"{kind}.{action}" for kind, actions in specs.items() for action in actions} == set(FIELDS)
    for name in FIELDS:
        assert isinstance(send(made[name.partition(".")[0]], name), Delivered), name
    taken = requests.get(f"{sandbox.url}/sandbox/taken?vendor=mailchimp", timeout=60).json()["taken"]
    assert [row["kind"] for row in taken] == ["member", "tag", "journey"]
    assert "Cart Abandoned" in requests.get(sandbox.url, timeout=60).text


@pytest.mark.parametrize("name", KEYED)
def test_a_second_try_after_a_lost_answer_counts_once(sandbox: Sandbox, name: str) -> None:
    """The receiver knows the key that is the same at each try."""
    kind = name.partition(".")[0]
    made = build(sandbox, kind)
    ask(sandbox, kind, drop="after")
    assert isinstance(send(made, name), RetryLater)
    assert isinstance(send(made, name), Delivered)
    (row,) = sandbox.state.shelf.rows(kind)
    assert row["copies"] == 2


@pytest.mark.parametrize("name", ONCE)
def test_what_knows_no_key_is_not_tried_again(sandbox: Sandbox, name: str) -> None:
    """The answer is lost, and what became of it is not known."""
    kind, path = name.partition(".")[0], "*trigger" if "journey" in name else ""
    made = build(sandbox, kind)
    if kind == "mailchimp":
        send(made, "mailchimp.upsert_member")
    ask(sandbox, kind, drop="after", path=path)
    assert isinstance(send(made, name), Unknown)


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        ("webhook", {"signing_secret": "whsec_" + base64.b64encode(b"another secret").decode()}),
        ("marketo", {"client_secret": "wrong"}),
        ("mailchimp", {"api_key": "wrong"}),
        ("customerio", {"api_key": "wrong"}),
        ("mixpanel", {"service_secret": "wrong"}),
        ("amplitude", {"api_key": "wrong"}),
    ],
)
def test_wrong_credentials_pause_and_are_not_told(
    sandbox: Sandbox, kind: str, others: dict[str, str]
) -> None:
    """The reason names the setting."""
    name = next(name for name in FIELDS if name.startswith(f"{kind}."))
    outcome = send(build(sandbox, kind, **others), name)
    assert isinstance(outcome, RetryLater)
    assert outcome.pause
    (setting,) = others
    assert f"CUEWIRE_{kind}_{setting}".upper() in outcome.reason
    assert others[setting] not in outcome.reason


def test_either_of_two_secrets_opens_while_one_is_changed(sandbox: Sandbox) -> None:
    """Both sign, so that the receiver may change when it likes."""
    new = "whsec_" + base64.b64encode(b"the new secret").decode()
    made = build(sandbox, "webhook", signing_secret=f"{new},{SETTINGS.webhook_signing_secret}")
    assert isinstance(send(made, "webhook.send"), Delivered)


def test_what_was_changed_on_its_way_is_not_believed(sandbox: Sandbox) -> None:
    """The fake checks the body, the time and the id."""
    send(build(sandbox, "webhook"), "webhook.send")
    for headers in ({}, {"webhook-id": "dlv_0", "webhook-timestamp": "1", "webhook-signature": "v1,x"}):
        answer = requests.post(f"{sandbox.url}/webhook", json={}, headers=headers, timeout=60)
        assert answer.status_code == 401


def test_a_token_that_is_over_is_asked_for_once_more(sandbox: Sandbox) -> None:
    """Marketo says so in a 200."""
    made = build(sandbox, "marketo")
    assert isinstance(send(made, "marketo.upsert_lead"), Delivered)
    ask(sandbox, "marketo", path="/rest/*", status=200, body={"success": False, "errors": [{"code": "602"}]})
    assert isinstance(send(made, "marketo.upsert_lead"), Delivered)
    paths = [entry["path"] for entry in sandbox.state.ledger.since(0)]
    token, leads = "/identity/oauth/token", "/rest/v1/leads.json"
    assert paths == [token, leads, leads, token, leads]


def test_a_token_that_is_refused_twice_pauses_and_is_not_told(sandbox: Sandbox) -> None:
    """Another one would change nothing."""
    made = build(sandbox, "marketo")
    refused = {"success": False, "errors": [{"code": "601", "message": "Access token invalid"}]}
    ask(sandbox, "marketo", path="/rest/*", status=200, body=refused, times=2)
    outcome = send(made, "marketo.upsert_lead")
    assert isinstance(outcome, RetryLater)
    assert outcome.pause
    assert outcome.reason.startswith("Marketo answered 200: Access token invalid")


def test_a_token_that_is_not_given_for_now_is_waited_for(sandbox: Sandbox) -> None:
    """Nothing has been sent, so nothing is unknown."""
    ask(sandbox, "marketo", path="/identity/*", status=503)
    outcome = send(build(sandbox, "marketo"), "marketo.upsert_lead")
    assert isinstance(outcome, RetryLater)
    assert not outcome.pause


def test_leads_share_a_request_and_one_that_is_wrong_costs_the_others_nothing(sandbox: Sandbox) -> None:
    """A field that Marketo does not know refuses all: halves find whose it is."""
    people = [{"email": f"{name}@example.com"} for name in "abcd"]
    people[2]["nickname"] = "x"
    outcomes = build(sandbox, "marketo").send("upsert_lead", rows("upsert_lead", *people))
    assert [type(one) for one in outcomes] == [Delivered, Delivered, Rejected, Delivered]
    assert [row["key"] for row in sandbox.state.shelf.rows("marketo")] == [
        "a@example.com",
        "b@example.com",
        "d@example.com",
    ]
    requests_ = [entry for entry in sandbox.state.ledger.since(0) if entry["path"].startswith("/rest")]
    assert len(requests_) == 5


def test_leads_of_other_partitions_do_not_share_a_request(sandbox: Sandbox) -> None:
    """The partition is said once for all of a request."""
    people = [{"email": f"{place}@example.com", "partition": place} for place in ("eu", "us", "eu")]
    outcomes = build(sandbox, "marketo").send("upsert_lead", rows("upsert_lead", *people))
    assert {type(one) for one in outcomes} == {Delivered}
    sent = [entry["body"] for entry in sandbox.state.ledger.since(0, "marketo") if entry["body"]]
    assert [(one["partitionName"], len(one["input"])) for one in sent] == [("eu", 2), ("us", 1)]


def test_a_lead_that_is_skipped_is_alone_in_it(sandbox: Sandbox) -> None:
    """Marketo tells of each in its place."""
    people = [{"email": "a@example.com"}, {"firstName": "Nobody"}, {"email": "c@example.com"}]
    outcomes = build(sandbox, "marketo").send("upsert_lead", rows("upsert_lead", *people))
    assert [type(one) for one in outcomes] == [Delivered, Rejected, Delivered]
    assert outcomes[1].reason == "Marketo refused it: Lookup field is empty"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("mixpanel", {"event": "Seen", "distinct_id": "u1"}, {"event": " ", "distinct_id": "u1"}),
        ("amplitude", {"event": "Seen", "user_id": "u1"}, {"event": "Seen"}),
    ],
)
def test_an_event_that_is_refused_costs_the_others_nothing(
    sandbox: Sandbox, kind: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    """Each good one counts once, whether it was taken at first or with its half."""
    ask(sandbox, kind, status=400, body={"code": 400, "error": "invalid"})
    several = [good, bad, good, good] if kind == "amplitude" else [good, good, good]
    outcomes = build(sandbox, kind).send("track_event", rows("track_event", *several))
    assert [isinstance(one, Delivered) for one in outcomes] == [one is good for one in several]
    assert len(sandbox.state.shelf.rows(kind)) == several.count(good)


@pytest.mark.parametrize("kind", ["slack", "marketo", "mailchimp", "customerio", "mixpanel", "amplitude"])
def test_a_vendor_that_asks_for_less_is_heard(sandbox: Sandbox, kind: str) -> None:
    """In its own form: a 429 with a time, or a 200 that says so."""
    name = next(name for name in FIELDS if name.startswith(f"{kind}."))
    made = build(sandbox, kind)
    ask(sandbox, kind, rate_limit={"reset_in_s": 30}, path="" if kind != "marketo" else "/rest/*")
    outcome = send(made, name)
    assert isinstance(outcome, RetryLater)
    assert outcome.throttled
    assert kind == "marketo" or outcome.until is not None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/slack/services/T/B/X", "no json", 400),
        ("POST", "/slack/services/T/B/X", {}, 400),
        ("POST", "/slack/elsewhere", {"text": "x"}, 404),
        ("PUT", "/mailchimp/3.0/lists/a/members/b", {}, 401),
        ("PUT", "/customerio/api/v1/customers/u1", {}, 401),
        ("POST", "/mixpanel/import", [], 401),
        ("POST", "/amplitude/batch", {"events": []}, 400),
    ],
)
def test_the_fakes_refuse_what_their_vendors_do(
    sandbox: Sandbox, method: str, path: str, body: Any, status: int
) -> None:
    """Without credentials, or without what must be there."""
    assert requests.request(method, f"{sandbox.url}{path}", json=body, timeout=60).status_code == status


def test_a_member_that_is_not_there_has_no_tags_and_no_journey(sandbox: Sandbox) -> None:
    """As Mailchimp says."""
    made = build(sandbox, "mailchimp")
    assert isinstance(send(made, "mailchimp.tag_member"), Rejected)
    assert isinstance(send(made, "mailchimp.trigger_journey"), Rejected)
