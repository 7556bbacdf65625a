"""Actions that a mapping file describes: how they are checked, what they send, and what they ask before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer, scripted
from traps import MovingClock, delivery

import connectors
from core.config.loader import Loaded, load
from core.ports import Delivered, Destination, Outcome, Rejected, Repeats, RetryLater, Unknown
from cuewire.check import PRESETS

FILE = """
destination: loyalty
uses: webhook
actions:
  add_points:
    about: Add points.
    takes: {member: The number., points: How many.}
    require: [member]
    repeats: at_most_once
    LOOKUP
    request:
      path: [members, =fields.member, points]
      headers: {X-Key: =settings.token}
      json: {"...": =fields.more, points: =fields.points, tier: =lookup.tier, gone: =fields.nothing}
    answer: {success: =body.ok == true, retry: '=body.error == "busy"', reason: =body.error, reference: =body.id}
"""
LOOKUP = "lookup: {path: [members, =fields.member], cache: 5m}"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def loaded(folder: Path, text: str, *, name: str = "loyalty", trigger: str = "") -> Loaded:
    """Load a folder with one destination."""
    (folder / "destinations").mkdir(exist_ok=True)
    (folder / "destinations" / f"{name}.yaml").write_text(text)
    if trigger:
        (folder / "triggers").mkdir(exist_ok=True)
        (folder / "triggers" / "points.yaml").write_text(trigger)
    return load(folder, presets=PRESETS, catalogue=connectors.catalogue())


def build(folder: Path, server: ScriptedServer, *, lookup: str = "", clock: Any = None) -> Destination:
    """Build the destination that the file describes."""
    found = loaded(folder, FILE.replace("LOOKUP", lookup))
    assert [str(one) for one in found.problems] == []
    settings = {"base_url": server.url, "signing_secret": SECRET, "token": "key"}
    spec = found.specs["loyalty"]
    return connectors.build("loyalty", found.destinations["loyalty"], settings, clock=clock, spec=spec)


def send(made: Destination, **fields: Any) -> Outcome:
    """Send one delivery."""
    row = delivery("dlv_1", **{"member": "m/1", "points": 3.0, **fields})
    (outcome,) = made.send("add_points", [row])
    return outcome


def test_an_action_of_ones_own_sends_what_its_file_says(tmp_path: Path) -> None:
    """Steps escaped, settings read, a map laid over another, what cannot be computed left out."""
    with scripted([{"status": 200, "json": {"ok": True, "id": 7}}]) as server:
        outcome = send(build(tmp_path, server), more={"points": 1, "note": "x"})
        (request,) = server.requests
    assert outcome == Delivered("accepted", reference="7")
    assert (request.method, request.path) == ("POST", "/members/m%2F1/points")
    assert request.headers["x-key"] == "key"
    assert json.loads(request.body) == {"points": 3, "note": "x"}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"ok": False, "error": "busy"}, RetryLater("the webhook answered 200: busy")),
        ({"ok": False, "error": "no"}, Rejected("the webhook answered 200: no")),
        ({"other": 1}, Unknown("the webhook gave an answer that cannot be read")),
    ],
)
def test_an_answer_is_read_as_the_file_says(tmp_path: Path, answer: Any, outcome: Outcome) -> None:
    """A condition that cannot be computed is neither yes nor no."""
    with scripted([{"status": 200, "json": answer}]) as server:
        assert send(build(tmp_path, server)) == outcome


def test_what_is_looked_up_is_kept_for_a_while(tmp_path: Path) -> None:
    """One question for two deliveries, and another one when its time is over."""
    clock, yes = MovingClock(), {"status": 200, "json": {"ok": True}}
    answers = [
        {"status": 200, "json": {"tier": "gold"}},
        yes,
        yes,
        {"status": 200, "json": {"tier": "tin"}},
        yes,
    ]
    with scripted(answers) as server:
        made = build(tmp_path, server, lookup=LOOKUP, clock=clock)
        send(made)
        send(made)
        clock.at += 300_000
        send(made)
        asked = [(one.method, one.path) for one in server.requests]
        tiers = [json.loads(one.body)["tier"] for one in server.requests if one.body]
    get, post = ("GET", "/members/m%2F1"), ("POST", "/members/m%2F1/points")
    assert asked == [get, post, post, get, post]
    assert tiers == ["gold", "gold", "tin"]


@pytest.mark.parametrize(
    ("answer", "otherwise", "kind"),
    [
        ({"status": 404}, "", Rejected),
        ({"status": 500}, "", RetryLater),
        ({"fault": "reset"}, "", RetryLater),
        ({"status": 404}, ", otherwise: {tier: none}", Delivered),
        ({"status": 500}, ", otherwise: {tier: none}", Delivered),
    ],
)
def test_a_look_up_that_fails_waits_or_is_stood_in_for(
    tmp_path: Path, answer: dict[str, Any], otherwise: str, kind: type[Outcome]
) -> None:
    """Its lost answer is no lost answer of the send, which at_most_once would not repeat."""
    with scripted([answer, {"status": 200, "json": {"ok": True}}]) as server:
        made = build(
            tmp_path, server, lookup=LOOKUP.replace("}", f"{otherwise}}}", 1) if otherwise else LOOKUP
        )
        assert isinstance(send(made), kind)
        assert len(server.requests) == (2 if kind is Delivered else 1)
        assert kind is not Delivered or json.loads(server.requests[1].body)["tier"] == "none"


def test_a_look_up_that_is_refused_pauses_and_sends_nothing(tmp_path: Path) -> None:
    """An operator must mend it, as with any other credentials."""
    with scripted([{"status": 401}]) as server:
        outcome = send(build(tmp_path, server, lookup=LOOKUP))
        assert isinstance(outcome, RetryLater)
        assert outcome.pause
        assert [one.method for one in server.requests] == ["GET"]


def test_a_token_that_a_look_up_finds_ended_is_asked_for_anew(tmp_path: Path) -> None:
    """Or the destination would wait for the end that the vendor told."""
    text = """
destination: loyalty
uses: marketo
actions:
  add_points:
    about: Add points.
    lookup: {path: /lead}
    request: {path: /points, json: =rest}
"""
    token = {"status": 200, "json": {"access_token": "t", "expires_in": 3600}}
    found = loaded(tmp_path, text)
    with scripted([token, {"status": 401}, token, {"status": 200, "json": {"id": 1}}]) as server:
        settings = {"base_url": server.url, "client_id": "us", "client_secret": "ours"}
        made = connectors.build("loyalty", "marketo", settings, spec=found.specs["loyalty"])
        first, second = send(made), send(made)
    assert isinstance(first, RetryLater)
    assert isinstance(second, Delivered)
    asked = [one.path.partition("?")[0] for one in server.requests]
    assert asked == ["/identity/oauth/token", "/lead", "/identity/oauth/token", "/lead", "/points"]


def test_a_look_up_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """In the time that the file gives it; nothing is sent."""
    slow = LOOKUP.replace("}", ", timeout: 1s}", 1)
    with scripted([{"fault": "silent"}]) as server:
        outcome = send(build(tmp_path, server, lookup=slow))
        assert outcome == RetryLater("the look-up before the send failed: ReadTimeout")
        assert len(server.requests) == 1


def test_a_file_that_changes_changes_the_adapter_that_there_is(tmp_path: Path) -> None:
    """Whoever holds its description sees the new action; the old one stays for what is under way."""
    with scripted([{"status": 200, "json": {"ok": True}}]) as server:
        made = build(tmp_path, server)
        held = made.spec
        changed = FILE.replace("LOOKUP", "").replace("add_points", "give_points").replace("points]", "gift]")
        made.follow(loaded(tmp_path, changed).specs["loyalty"])  # type: ignore[attr-defined]
        row = delivery("dlv_1", member="m", points=1)
        outcomes = [*made.send("give_points", [row]), *made.send("add_points", [row])]
        assert [one.path for one in server.requests] == ["/members/m/gift", "/members/m/points"]
    assert {type(one) for one in outcomes} == {Delivered}
    assert held.actions["give_points"].repeats == Repeats.AT_MOST_ONCE


def test_check_knows_the_fields_of_an_action_of_ones_own(tmp_path: Path) -> None:
    """As those of every other one."""
    trigger = """
trigger: points
status: draft
when: {event: Order Completed}
do: [{loyalty.add_points: {member: =profile.id, pionts: 3}}, loyalty.add_pionts]
"""
    said = [str(one) for one in loaded(tmp_path, FILE.replace("LOOKUP", ""), trigger=trigger).problems]
    assert any("unknown field `pionts` of add_points (did you mean `points`?)" in one for one in said)
    assert any("has no action `add_pionts` (did you mean `loyalty.add_points`?)" in one for one in said)


def of_action(text: str, *, uses: str = "webhook") -> str:
    """Write a file with one action."""
    return f"destination: loyalty\nuses: {uses}\nactions:\n  send:\n{text}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("    takes: {a: b}\n", "`takes` belongs to an action of your own (add `request:`)"),
        ("    request: {json: =body.id}\n", "`body` cannot be read here"),
        ("    request: {json: =properties.id}\n", "properties is unknown"),
        ("    request: {json: '{{ properties.id }}'}\n", "templates are not read in a request"),
        ("    request: {row: =rest}\n", "`row` is sent nowhere"),
        ("    request: {json: =rows, batch: 5}\n", "a batch needs `row`"),
        (
            "    request: {json: =rows, row: =rest}\n    lookup: {path: /a}\n",
            "a look-up is made for one delivery",
        ),
        ("    request: {jsn: =rest}\n", "unknown key `jsn` (did you mean `json`?)"),
        ("    request: {path: /a}\n    lookup: {path: /a, timeout: 1m}\n", "a look-up may take 10s at most"),
        (
            "    request: {path: /a}\n    answer: {success: '=string(body.id)'}\n",
            "a condition is true or false",
        ),
        ("    repeats: lookup\n", "must be one of idempotent, keyed, at_most_once"),
        ("    request: {json: =rest}\n    takes: {mail: x}\n    require: [mial]\n", "unknown field `mial`"),
    ],
)
def test_check_refuses_what_cannot_be_sent(tmp_path: Path, text: str, said: str) -> None:
    """Before anything is live."""
    assert any(said in str(one) for one in loaded(tmp_path, of_action(text)).errors)


def test_actions_that_are_code_cannot_be_described_anew(tmp_path: Path) -> None:
    """The hint names what can."""
    text = of_action("    request: {json: =rest}\n", uses="hubspot").replace("send:", "upsert_contact:")
    (problem,) = loaded(tmp_path, text).errors
    assert "the actions of HubSpot are code" in str(problem)
    assert "uses: webhook" in str(problem)


def test_of_a_campaign_it_can_be_said_by_what_it_reaches_people(tmp_path: Path) -> None:
    """It then needs a purpose, and consent is asked; the channel of an action that has one stays."""
    step = "{braze.trigger_campaign: {campaign_id: c}}"
    trigger = f"trigger: points\nstatus: draft\nwhen: {{event: Order Completed}}\ndo: [{step}]\n"
    text = "destination: braze\nactions:\n  trigger_campaign:\n    channel: push\n"
    found = loaded(tmp_path, text, trigger=trigger, name="braze")
    assert found.specs["braze"].actions["trigger_campaign"].channel == "push"
    assert any("purpose" in str(one) for one in found.errors)
    other = loaded(tmp_path, text.replace("trigger_campaign", "send_sms"), name="braze")
    assert any("send_sms reaches people by sms" in str(one) for one in other.errors)


def test_how_often_an_action_may_be_sent_and_whom_it_reaches_can_be_said_of_one_that_is_there(
    tmp_path: Path,
) -> None:
    """A lost answer then ends as unknown."""
    found = loaded(tmp_path, of_action("    repeats: at_most_once\n    channel: sms\n"))
    spec = found.specs["loyalty"]
    with scripted([{"fault": "reset"}]) as server:
        settings = {"base_url": server.url, "signing_secret": SECRET}
        made = connectors.build("loyalty", "webhook", settings, spec=spec)
        (outcome,) = made.send("send", [delivery("dlv_1", a="b")])
    assert isinstance(outcome, Unknown)
    assert made.spec.actions["send"].channel == "sms"


def test_an_action_with_a_channel_needs_a_purpose(tmp_path: Path) -> None:
    """Consent is asked for it, as for every message."""
    trigger = "trigger: points\nstatus: draft\nwhen: {event: Order Completed}\ndo: [loyalty.send]\n"
    found = loaded(tmp_path, of_action("    channel: sms\n"), trigger=trigger)
    assert any("purpose" in str(one) for one in found.errors)


def test_a_preset_takes_actions_of_ones_own_too(tmp_path: Path) -> None:
    """With the preset's own settings and sign-in."""
    text = """
destination: marketo
actions:
  add_to_list:
    takes: {list_id: The list., lead: The lead.}
    request: {path: [rest, v1, lists, =fields.list_id, leads.json], query: {id: =fields.lead}}
    answer: {success: =body.success == true}
"""
    spec = loaded(tmp_path, text, name="marketo").specs["marketo"]
    token = {"status": 200, "json": {"access_token": "t", "expires_in": 60}}
    with scripted([token, {"status": 200, "json": {"success": True}}]) as server:
        settings = {"base_url": server.url, "client_id": "i", "client_secret": "s"}
        made = connectors.build("marketo", "marketo", settings, spec=spec)
        (outcome,) = made.send("add_to_list", [delivery("dlv_1", list_id=1001.0, lead=51.0)])
        assert server.requests[1].path == "/rest/v1/lists/1001/leads.json?id=51"
        assert server.requests[1].headers["authorization"] == "Bearer t"
    assert isinstance(outcome, Delivered)
