"""Dead letters over HTTP and on the command line: listed, narrowed, redriven; and how destinations are doing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from edge.described import check
from embedded.web import Web
from embedded.world import NOW, World
from stores.rows import delivery

from core.engine.instant import iso
from core.ports import Attempt
from cuewire.cli import cli

SMS = {"destination": "twilio", "action": "send_message", "channel": "sms", "purpose": "marketing"}
DAY = 86_400_000


@pytest.fixture
def web(world: World) -> Web:
    """Give the API over a store with letters of every kind."""
    tried = [Attempt(1, NOW - DAY, NOW - DAY + 9, "retrying", "no connection")]
    event = {"destination": "braze", "action": "track_event", "fields": {"name": "Cart left"}}
    rows = [
        delivery("dead1", "dead", reason="no connection", attempts=tried, **event),
        delivery("dead2", "dead", reason="no connection", attempts=tried, **event),
        delivery("lost", "unknown", reason="timeout", attempts=tried, **SMS),
        delivery("no", "rejected", reason="21211: no such number", attempts=tried, **SMS),
        delivery("fine", "delivered", attempts=tried, **event),
    ]
    world.store.write(lambda tx: tx.deliveries.add(rows))
    return Web(world)


def test_dead_letters_are_listed_with_reason_payload_and_destination(web: Web) -> None:
    """Narrowed by the destination too."""
    page = web.get("deliveries?status=dead&destination=braze")
    check("Deliveries", page)
    (first, _) = page["deliveries"]
    assert (first["reason"], first["fields"]) == ("no connection", {"name": "Cart left"})
    assert first["attempts"][0]["reason"] == "no connection"
    assert web.get("deliveries?status=dead&destination=twilio")["deliveries"] == []
    assert web.get("events?destination=braze", 400)["error"]["field"] == "destination"


def test_a_redrive_gives_them_their_turns_and_wakes_the_lanes(web: Web) -> None:
    """Dead ones, when nothing else is said."""
    dry = web.post("deliveries/redrive", {"dry_run": True})
    check("Redriven", dry)
    assert (dry["matched"], dry["redriven"], dry["dry_run"], web.woken) == (2, 2, True, 0)
    found = web.post("deliveries/redrive", {"per_second": 0.5})
    check("Redriven", found)
    assert found == {
        "matched": 2,
        "redriven": 2,
        "refused": [],
        "first_due_at": iso(NOW),
        "last_due_at": iso(NOW + 2_000),
        "has_more": False,
        "dry_run": False,
    }
    assert web.woken == 1
    rows = web.get("deliveries?status=scheduled")["deliveries"]
    assert {(row["id"], row["due_at"]) for row in rows} == {("dead1", iso(NOW)), ("dead2", iso(NOW + 2_000))}


def test_what_may_have_arrived_is_refused_until_it_is_confirmed(web: Web) -> None:
    """Its reason says which word is missing."""
    body = {"status": ["unknown", "rejected"]}
    found = web.post("deliveries/redrive", body)
    assert (found["matched"], found["redriven"]) == (2, 1)
    assert found["refused"][0]["number"] == 1
    assert "confirm_unknown" in found["refused"][0]["reason"]
    assert web.post("deliveries/redrive", {"ids": ["lost"], "confirm_unknown": True})["redriven"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"stauts": "dead"}, "stauts"),
        ({"status": "delivered"}, "status"),
        ({"status": []}, "status"),
        ({"destination": "brazee"}, "destination"),
        ({"destination": 5}, "destination"),
        ({"trigger": ["a"]}, "trigger"),
        ({"since": "yesterday"}, "since"),
        ({"ids": []}, "ids"),
        ({"ids": "dead1"}, "ids"),
        ({"per_second": 0}, "per_second"),
        ({"per_second": True}, "per_second"),
        ({"valid_for": "soon"}, "valid_for"),
        ({"valid_for": "0s"}, "valid_for"),
        ({"confirm_unknown": "yes"}, "confirm_unknown"),
        ({"limit": 0}, "limit"),
    ],
)
def test_a_wrong_call_is_refused_with_its_field_and_redrives_nothing(
    web: Web, body: dict[str, Any], field: str
) -> None:
    """A slip must not send ten thousand messages."""
    assert web.post("deliveries/redrive", body, 400)["error"]["field"] == field
    assert len(web.get("deliveries?status=dead")["deliveries"]) == 2


def test_destinations_say_what_they_wait_for(web: Web) -> None:
    """Here for the key that nobody has set."""
    found = web.get("destinations")
    check("Destinations", found)
    (braze,) = found["destinations"]
    assert (braze["name"], braze["state"], braze["needs_operator"]) == ("braze", "waits_for_settings", True)
    assert braze["missing_settings"] == ["CUEWIRE_BRAZE_API_KEY"]


def test_the_commands_list_and_redrive_a_folder(web: Web, world: World) -> None:
    """The list also beside a server; the redrive where none runs."""
    world.store.close()
    there = ["--data", str(world.folder / "data")]
    listed = CliRunner().invoke(cli, ["deliveries", "list", "--status", "dead", *there])
    assert listed.exit_code == 0, listed.output
    assert "no connection" in listed.output
    assert '{"name": "Cart left"}' in listed.output
    there += ["--mappings", str(world.folder / "rules"), "--json"]
    dry = CliRunner().invoke(cli, ["deliveries", "redrive", "--dry-run", *there])
    assert json.loads(dry.output)["redriven"] == 2
    found = CliRunner().invoke(cli, ["deliveries", "redrive", "--status", "unknown", *there])
    assert (found.exit_code, json.loads(found.output)["redriven"]) == (1, 0)
    found = CliRunner().invoke(cli, ["deliveries", "redrive", "--id", "dead1", *there])
    assert (found.exit_code, json.loads(found.output)["redriven"]) == (0, 1)
    left = CliRunner().invoke(cli, ["deliveries", "list", "--status", "dead", *there[:2], "--json"])
    assert [row["id"] for row in json.loads(left.output)["deliveries"]] == ["dead2"]


def test_the_commands_name_what_is_wrong(tmp_path: Path) -> None:
    """A status that is not there, and a folder without a store."""
    wrong = CliRunner().invoke(cli, ["deliveries", "list", "--status", "daed", "--data", str(tmp_path)])
    assert wrong.exit_code != 0
    assert "There is no status 'daed'" in str(wrong.exception or wrong.output)
    nowhere = CliRunner().invoke(cli, ["deliveries", "list", "--data", str(tmp_path / "none")])
    assert nowhere.exit_code != 0
    assert "There is no store" in str(nowhere.exception or nowhere.output)
