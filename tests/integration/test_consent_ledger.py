"""The consent ledger: every statement with where it came from, what it rests on, and whether it stood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from edge.described import check
from edge.doubles import BEARER
from embedded.published import person
from embedded.telling import PHONE, Shop
from embedded.web import Web
from embedded.world import MINUTE, NOW

from core.engine.instant import iso
from core.ports import Filter, RawEvent
from core.runners.audit.audit import Audit, Request
from core.store.database import FILE
from core.store.erasure import erase
from cuewire.cli import cli


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    """Give a shop of its own to each test."""
    made = Shop(tmp_path)
    yield made
    made.store.close()


def test_every_statement_of_an_event_is_written_with_its_evidence(shop: Shop) -> None:
    """One entry for each purpose and channel, with the text's version where the event carries it."""
    context = {"consent": {"text_version": "2026-03"}}
    event = shop.say(properties={"sms": "granted", "email": False}, context=context)
    page = shop.store.read.consent_log(Filter(profile=person(shop).id))
    email, sms = sorted(page.rows, key=lambda row: row.channel)
    assert (sms.purpose, sms.granted, email.granted) == ("marketing", True, False)
    assert (sms.at, sms.received_at, sms.source) == (NOW, NOW, "shop")
    assert (sms.event_id, sms.evidence, sms.stands) == (event, {"text_version": "2026-03"}, True)
    shop.say(at=1)
    assert len(shop.ledger()) == 2


def test_a_statement_that_loses_is_written_and_says_so(shop: Shop) -> None:
    """The newest stands whatever comes late; at the same moment a withdrawal beats a grant."""
    shop.say(at=5, properties={"sms": True})
    shop.say(at=2, properties={"sms": False})
    assert shop.ledger()[-1] == ("marketing", "sms", False, "shop", False)
    assert shop.granted() == {"marketing/sms": True}
    shop.say(at=5, properties={"sms": False})
    shop.say(at=5, properties={"sms": True})
    assert [row[2:] for row in shop.ledger()[2:]] == [(False, "shop", True), (True, "shop", False)]
    assert shop.granted() == {"marketing/sms": False}


def test_a_repeated_event_is_written_once(shop: Shop) -> None:
    """The same messageId has no second effect, not here either."""
    call = shop.call("Told", properties={"sms": True})
    for _ in range(2):
        shop.pipeline.accept("shop", [RawEvent(json.dumps(call).encode(), call)], NOW)
    assert len(shop.ledger()) == 1


def test_a_merge_notes_the_stricter(shop: Shop) -> None:
    """Where the two differ the withdrawal stands, and the entry names the other person."""
    call = shop.call("Told", userId=None, anonymousId="a1", properties={"sms": False, "email": True})
    shop.pipeline.accept("shop", [RawEvent(json.dumps(call).encode(), call)], NOW)
    shop.say(at=3, properties={"sms": True, "email": True})
    known = person(shop).id
    joining = shop.say(at=4, anonymousId="a1", type="identify")
    row = shop.store.read.consent_log(Filter(profile=known)).rows[0]
    assert (row.purpose, row.channel, row.granted, row.at) == ("marketing", "sms", False, NOW)
    assert row.event_id == joining
    assert set(row.evidence) == {"merged_with"}
    assert shop.granted() == {"marketing/email": True, "marketing/sms": False}
    assert len(shop.ledger()) == 5


def test_the_api_shows_what_stands_and_how_it_came_about(shop: Shop) -> None:
    """Current by purpose and channel with since and source, then the ledger page by page, newest first."""
    web = Web(shop)
    shop.say(properties={"sms": True, "email": True})
    shop.say(at=2, properties={"sms": False})
    page = web.get("profiles/user_id/u1/consent?limit=2")
    check("ConsentPage", page)
    assert page["consent"] == [
        {"purpose": "marketing", "channel": "email", "granted": True, "since": iso(NOW), "source": "shop"},
        {
            "purpose": "marketing",
            "channel": "sms",
            "granted": False,
            "since": iso(NOW + 2 * MINUTE),
            "source": "shop",
        },
    ]
    assert [one["granted"] for one in page["ledger"]] == [False, True]
    rest = web.get(f"profiles/user_id/u1/consent?limit=2&cursor={page['next']}")
    assert (len(rest["ledger"]), rest["next"]) == (1, None)
    assert web.get("profiles/user_id/nobody/consent", 404)["error"]["field"] == "user_id"
    assert web.get("profiles/user_id/u1/consent?status=x", 400)["error"]["field"] == "status"


def test_a_statement_for_all_channels_outweighs_an_older_one_of_its_own(shop: Shop) -> None:
    """What is shown for a channel is what a message would be judged by."""
    web = Web(shop)
    web.post("consent", {"user_id": "u1", "purpose": "marketing", "channel": "sms", "granted": True}, 201)
    shop.clock.time += MINUTE
    web.post("consent", {"user_id": "u1", "purpose": "marketing", "granted": False}, 201)
    shown = web.get("profiles/user_id/u1/consent")["consent"]
    assert [(one["channel"], one["granted"]) for one in shown] == [(None, False), ("sms", False)]


def test_the_api_states_consent_through_the_pipeline(shop: Shop) -> None:
    """It is an event of the source api, its evidence is kept, and messages are judged by it at once."""
    web = Web(shop)
    shop.has(PHONE, "u1")
    body = {"user_id": "u1", "purpose": "marketing", "granted": True, "evidence": {"text_version": "7"}}
    told = web.post("consent", body, 201)
    check("ConsentStated", told)
    (event,) = web.get("events?profile=user_id:u1&limit=1")["events"]
    assert (event["id"], event["source"], event["status"]) == (told["event_id"], "api", "applied")
    (row,) = web.get("profiles/user_id/u1/consent")["ledger"]
    assert (row["source"], row["channel"], row["evidence"]["text_version"]) == ("api", None, "7")
    assert row["evidence"]["api_key"] == "CUEWIRE_API_KEY"
    shop.clock.time += MINUTE
    shop.say(at=1, name="Signed Up")
    assert [one.status for one in shop.store.read.deliveries(Filter()).rows] == ["scheduled"]
    web.post("consent", {**body, "granted": False, "channel": "sms", "evidence": "by phone"}, 201)
    shop.clock.time += MINUTE
    shop.say(at=2, name="Signed Up")
    (stopped,) = web.get("deliveries?status=suppressed")["deliveries"]
    assert "withdrawn" in stopped["reason"]
    assert web.get("decisions?status=suppressed")["decisions"][0]["trigger"] == "welcome"


def test_an_idempotency_key_makes_a_repeat_harmless(shop: Shop) -> None:
    """The same body gives the same id; another one is refused."""
    web = Web(shop)
    headers = {**BEARER, "Idempotency-Key": "k1"}
    body = {"user_id": "u1", "purpose": "news", "granted": True}
    first, second = (web.client.post("/api/consent", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, first.json) == (201, second.json)
    assert len(shop.ledger()) == 1
    other = web.client.post("/api/consent", json={**body, "granted": False}, headers=headers)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"purpose": "marketin"}, "purpose"),
        ({"purpose": None}, "purpose"),
        ({"channel": "s m s"}, "channel"),
        ({"channel": 7}, "channel"),
        ({"channel": "e-mail", "granted": False}, "channel"),
        ({"channel": "SMS"}, "channel"),
        ({"granted": "yes"}, "granted"),
        ({"granted": None}, "granted"),
        ({"evidence": 7}, "evidence"),
        ({"evidence": {"a": 7}}, "evidence"),
        ({"evidence": "x" * 501}, "evidence"),
        ({"user_id": None}, "user_id"),
        ({"user_id": "undefined"}, "identifiers"),
        ({"identifiers": {"nope": "x"}}, "identifiers.nope"),
        ({"at": 1}, "at"),
    ],
)
def test_a_statement_that_cannot_be_read_is_refused_by_its_field(
    shop: Shop, change: dict[str, Any], field: str
) -> None:
    """Nothing is guessed."""
    body = {"user_id": "u1", "purpose": "marketing", "granted": True, **change}
    answer = Web(shop).post("consent", body, 400)
    check("Error", answer)
    assert answer["error"]["field"] == field


def test_the_audit_finds_nothing_to_mend_after_all_this(shop: Shop) -> None:
    """Statements outside any source's events are judged anew as they were."""
    web = Web(shop)
    shop.has(PHONE, "u1")
    web.post("consent", {"user_id": "u1", "purpose": "marketing", "granted": True}, 201)
    shop.clock.time += MINUTE
    shop.say(at=1, name="Signed Up")
    shop.clock.time += MINUTE
    shop.stop()
    shop.clock.time += MINUTE
    shop.say(at=3, name="Signed Up")
    audit = Audit(shop.folder / "data" / FILE, shop.pipeline.rules, shop.clock)
    report = audit.run(Request(since=0))
    assert (report.missing, report.differs, report.unreadable) == (0, 0, 0)
    assert shop.outcomes("welcome") == ["fired", "suppressed"]


def test_profile_show_prints_the_ledger(shop: Shop) -> None:
    """In words, with what outweighed what."""
    shop.say(at=5, properties={"sms": True})
    shop.say(at=2, properties={"sms": False})
    command = ["profile", "show", "user_id", "u1", "--data", str(shop.folder / "data")]
    told = CliRunner().invoke(cli, command)
    assert told.exit_code == 0, told.output
    assert (
        f"{iso(NOW + 2 * MINUTE)} shop: marketing by sms withdrawn, outweighed by a newer one, m2"
        in told.output
    )
    document = json.loads(CliRunner().invoke(cli, [*command, "--json"]).output)
    assert [one["stands"] for one in document["consent_log"]] == [False, True]
    command[1] = "export"
    assert len(json.loads(CliRunner().invoke(cli, command).output)["consent_log"]) == 2


def test_who_is_erased_leaves_no_ledger(shop: Shop) -> None:
    """What tells of nobody any more proves nothing."""
    shop.say(properties={"sms": True})
    known = person(shop).id
    shop.store.write(lambda tx: erase(tx, known))
    assert not shop.store.read.consent_log(Filter(profile=known)).rows
