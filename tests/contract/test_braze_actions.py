"""Every action of Braze against the fake one: many in one request, and attributes only where they have changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from scripted_server import scripted
from traps import MovingClock, delivery

import connectors
from connectors.braze import Braze, sent
from core.errors import OperatorError
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, RetryLater, Unknown
from core.retry import RetryPolicy
from cuewire.sandbox import Sandbox, SandboxSettings
from cuewire.sandbox.faults import Fault

SETTINGS = SandboxSettings()
ALIAS = {"alias_name": "a1", "alias_label": "anonymous_id"}
EVENT = {"name": "Cart left"}
DAY = 24 * 3_600_000


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox for one test."""
    with Sandbox(SETTINGS) as running:
        yield running


def braze(base_url: str, clock: MovingClock | None = None, **settings: str) -> Braze:
    """Build the destination against an address."""
    values = {"api_key": SETTINGS.braze_api_key, "base_url": base_url, **settings}
    made = connectors.build("braze", "braze", values, clock=clock or MovingClock())
    assert isinstance(made, Braze)
    return made


def at(sandbox: Sandbox, clock: MovingClock | None = None, **settings: str) -> Braze:
    """Build the destination against the sandbox."""
    return braze(f"{sandbox.url}/braze", clock, **settings)


def rows(action: str, *people: dict[str, Any]) -> list[DeliveryRow]:
    """Build deliveries of any action."""
    return [
        msgspec.structs.replace(delivery(f"d{place}", **one), action=action)
        for place, one in enumerate(people)
    ]


def send(made: Braze, action: str, *people: dict[str, Any]) -> list[Outcome]:
    """Send deliveries of one action."""
    return made.send(action, rows(action, *people))


def bodies(sandbox: Sandbox) -> list[Any]:
    """List the bodies that arrived."""
    return [one["body"] for one in sandbox.state.ledger.since(0)]


def kept(sandbox: Sandbox, kind: str) -> list[Any]:
    """Read what the sandbox has of one kind."""
    return [one["fields"] for one in sandbox.state.records() if one["kind"] == kind]


def people(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Name so many people."""
    return [{"external_id": f"u{number}", **fields} for number in range(count)]


@pytest.mark.parametrize(("limit", "sizes"), [({}, [75, 25]), ({"batch_limit": "50"}, [50, 25, 25])])
def test_events_travel_together_up_to_the_limit_of_the_contract(
    sandbox: Sandbox, limit: dict[str, str], sizes: list[int]
) -> None:
    """A hundred events are two requests, or as many as the setting makes of each batch."""
    outcomes = send(at(sandbox, **limit), "track_event", *people(100, **EVENT))
    assert outcomes == [Delivered("success")] * 100
    assert [len(body["events"]) for body in bodies(sandbox)] == sizes


@pytest.mark.parametrize("text", ["0", "76", "many", "-1"])
def test_a_limit_that_is_none_is_refused_by_name(text: str) -> None:
    """Before anything is sent."""
    with pytest.raises(OperatorError, match="CUEWIRE_BRAZE_BATCH_LIMIT"):
        braze("http://127.0.0.1:1", batch_limit=text)


def test_a_refused_object_costs_the_others_nothing(sandbox: Sandbox) -> None:
    """Braze names it by its place among the objects."""
    broken = [*people(3, **EVENT)]
    broken[1] = {**broken[1], "name": " "}
    with scripted(
        [
            {
                "status": 201,
                "json": {
                    "message": "success",
                    "errors": [{"type": "'name' is required", "input_array": "events", "index": 1}],
                },
            }
        ]
    ) as server:
        outcomes = send(braze(server.url), "track_event", *broken)
    assert outcomes == [
        Delivered("success"),
        Rejected("Braze refused it: 'name' is required"),
        Delivered("success"),
    ]


def test_a_request_that_is_refused_as_a_whole_is_halved_until_the_one_is_found() -> None:
    """A 400 took none of them, so nothing is sent twice."""
    refused, fine = (
        {"status": 400, "json": {"message": "Invalid"}},
        {"status": 201, "json": {"message": "success"}},
    )
    with scripted([refused, fine, refused, refused, fine]) as server:
        outcomes = send(braze(server.url), "trigger_campaign", *people(4, campaign_id="c1"))
        assert len(server.requests) == 5
    assert [type(one) for one in outcomes] == [Delivered, Delivered, Rejected, Delivered]


def test_a_lost_answer_leaves_all_of_a_batch_unknown() -> None:
    """None of them is sent again."""
    with scripted([{"fault": "reset"}]) as server:
        outcomes = send(braze(server.url), "track_event", *people(3, **EVENT))
        assert len(server.requests) == 1
    assert {type(one) for one in outcomes} == {Unknown}


def test_an_error_of_nobody_in_particular_is_asked_after_one_by_one_where_that_is_harmless() -> None:
    """Aliases may be added twice."""
    whose = {"status": 201, "json": {"message": "success", "errors": ["bad alias"]}}
    fine = {"status": 201, "json": {"message": "success"}}
    aliases = [{"alias_name": str(number), "alias_label": "x"} for number in range(2)]
    with scripted([whose, fine, whose]) as server:
        outcomes = send(braze(server.url), "add_alias", *aliases)
    assert outcomes == [Delivered("success"), Rejected("Braze refused it: bad alias")]


def test_campaigns_and_canvases_share_a_request_only_with_their_own(sandbox: Sandbox) -> None:
    """Each recipient keeps what is theirs."""
    made = at(sandbox)
    wanted = [
        {"external_id": f"u{n}", "campaign_id": f"c{n % 2}", "trigger_properties": {"n": n}} for n in range(4)
    ]
    campaigns = send(made, "trigger_campaign", *wanted)
    assert all(isinstance(one, Delivered) and one.reference for one in campaigns)
    assert [[one["trigger_properties"]["n"] for one in body["recipients"]] for body in bodies(sandbox)] == [
        [0, 2],
        [1, 3],
    ]
    (paused,) = send(made, "trigger_canvas", {"external_id": "u1", "canvas_id": "paused"})
    assert isinstance(paused, Delivered) and "paused" in paused.reason
    assert kept(sandbox, "canvas") == []


def test_a_transactional_mail_whose_answer_was_lost_is_sent_again_and_arrives_once(sandbox: Sandbox) -> None:
    """The only send of Braze that has a key."""
    made, mail = at(sandbox), {"external_id": "u1", "campaign_id": "c1"}
    sandbox.state.faults.add(Fault(vendor="braze", drop="after"))
    (lost,) = send(made, "send_transactional_email", mail)
    assert isinstance(lost, RetryLater)
    (again,) = send(made, "send_transactional_email", mail)
    assert isinstance(again, Delivered)
    assert len(kept(sandbox, "transactional")) == 1


def test_no_try_of_a_transactional_mail_outlives_its_key() -> None:
    """Braze forgets the key after a day; the last try must come before."""
    horizon = Braze.spec.actions["send_transactional_email"].horizon
    policy = RetryPolicy()
    tries = [
        policy.next_attempt(RetryLater("lost"), number=one, first_at=0, now=at, horizon=horizon)
        for one, at in enumerate(range(0, DAY, 600_000), start=1)
    ]
    assert max(one for one in tries if one is not None) < DAY


def test_everything_that_keeps_people_in_order_is_taken_by_the_fake_one(sandbox: Sandbox) -> None:
    """Each by its own way of naming people."""
    made = at(sandbox)
    person = {"external_id": "u1"}
    calls: list[tuple[str, list[dict[str, Any]]]] = [
        ("track_purchase", [{**person, "product_id": "p", "currency": "EUR", "price": 1.0}]),
        ("add_alias", [{**ALIAS, **person}]),
        ("identify", [{**person, "user_alias": ALIAS}, {**person, "email": "ada@example.com"}]),
        ("merge_users", [{**person, "merged_external_id": "u2"}]),
        (
            "set_subscription",
            [
                {"subscription_group_id": "g1", "status": "subscribed", **one}
                for one in (person, {"email": "a@example.com"})
            ],
        ),
        ("erase", [person, {"user_alias": ALIAS}]),
        ("send_message", [{**person, "title": "Hi", "body": "There"}]),
        ("send_sms", [{**person, "subscription_group_id": "g1", "app_id": "a", "body": "Hi"}]),
        (
            "send_email",
            [{**person, "app_id": "a", "subject": "Hi", "html": "<p>", "from": "S <s@example.com>"}],
        ),
    ]
    for action, given in calls:
        assert {type(one) for one in send(made, action, *given)} == {Delivered}, action
    kinds = {"alias": 1, "identified": 2, "merged": 1, "subscription": 2, "deleted": 2, "message": 3}
    assert {kind: len(kept(sandbox, kind)) for kind in kinds} == kinds


def test_only_what_has_changed_is_written(sandbox: Sandbox) -> None:
    """Each attribute that is written costs money."""
    made, first = at(sandbox), {"external_id": "u1", "plan": "pro", "visits": 3.0, "tags": ["a"]}
    assert send(made, "update_profile", first) == [Delivered("success")]
    (same,) = send(made, "update_profile", first)
    assert isinstance(same, Delivered) and "nothing has changed" in same.reason
    send(made, "update_profile", {**first, "plan": "free"})
    send(made, "update_profile", {"external_id": "u2", "plan": "pro"})
    assert [body["attributes"][0] for body in bodies(sandbox)] == [
        {"external_id": "u1", "plan": "pro", "visits": 3.0, "tags": ["a"]},
        {"external_id": "u1", "plan": "free"},
        {"external_id": "u2", "plan": "pro"},
    ]


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 400, "body": {"message": "no"}}, {"drop": "after"}]
)
def test_what_was_not_surely_taken_is_written_again(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    """All of it: Braze may have the new value, or the old one."""
    made, person = at(sandbox), {"external_id": "u1", "plan": "pro", "city": "Rome"}
    send(made, "update_profile", person)
    sandbox.state.faults.add(Fault(vendor="braze", **fault))
    (failed,) = send(made, "update_profile", {**person, "plan": "free"})
    assert not isinstance(failed, Delivered)
    assert send(made, "update_profile", person) == [Delivered("success")]
    assert bodies(sandbox)[-1] == {"attributes": [person]}


def test_everything_is_written_again_after_a_day_and_after_people_were_merged(sandbox: Sandbox) -> None:
    """Somebody may have changed it in Braze; a day counts from when all was written."""
    clock = MovingClock()
    made, person = at(sandbox, clock), {"external_id": "u1", "plan": "pro", "city": "Rome"}
    send(made, "update_profile", person)
    clock.at += DAY - 1
    send(made, "update_profile", {**person, "plan": "free"})
    clock.at += 1
    send(made, "update_profile", {**person, "plan": "free"})
    assert bodies(sandbox)[-1] == {"attributes": [{**person, "plan": "free"}]}
    send(made, "merge_users", {"external_id": "u1", "merged_external_id": "u2"})
    send(made, "update_profile", {**person, "plan": "free"})
    assert bodies(sandbox)[-1] == {"attributes": [{**person, "plan": "free"}]}


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ("trigger_campaign", {"campaign_id": "c1"}),
        ("trigger_canvas", {"canvas_id": "v1"}),
        ("send_transactional_email", {"campaign_id": "t1"}),
    ],
)
def test_what_a_campaign_wrote_in_between_is_put_right(
    sandbox: Sandbox, action: str, named: dict[str, Any]
) -> None:
    """Attributes that go along with something else are writes too: the value of before is a change again."""
    made = at(sandbox)
    send(made, "update_profile", {"external_id": "u1", "tier": "gold"})
    send(made, action, {"external_id": "u1", "attributes": {"tier": "silver"}, **named})
    send(made, "update_profile", {"external_id": "u1", "tier": "gold"})
    assert bodies(sandbox)[-1] == {"attributes": [{"external_id": "u1", "tier": "gold"}]}


def test_one_person_twice_in_a_batch_is_written_in_order(sandbox: Sandbox) -> None:
    """Two profiles here may be one in Braze; the later value stays."""
    made = at(sandbox)
    send(made, "update_profile", {"external_id": "u1", "plan": "pro"})
    send(made, "update_profile", *({"external_id": "u1", "plan": plan} for plan in ("free", "pro")))
    written = [one["plan"] for body in bodies(sandbox) for one in body["attributes"]]
    assert written == ["pro", "free", "pro"]
    (outcome,) = send(made, "update_profile", {"external_id": "u1", "plan": "free"})
    assert outcome == Delivered("success")


def test_no_more_people_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were longest not written go first."""
    monkeypatch.setattr(sent, "MOST", 2)
    known = sent.Sent(MovingClock())
    for name in ("u1", "u2", "u1", "u3"):
        known.learn({"external_id": name}, {"plan": "pro"})
    unchanged = [known.changed({"external_id": name}, {"plan": "pro"}) is None for name in ("u1", "u2", "u3")]
    assert unchanged == [True, False, True]
