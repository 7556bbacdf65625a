"""Codes out of a pool: each to one delivery, none for what does not leave, and a clear wait when there is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from edge.doubles import BEARER, edge
from embedded.web import Web
from embedded.world import MINUTE, World, compiled

from core.dispatch.intent import NothingDue, claim
from core.engine.links import CODE
from core.pipeline.coding import FOR_TESTS, LOOK_AGAIN, Coding
from core.pipeline.pools import CodePools, Dated
from core.ports import DeliveryRow, Filter
from cuewire.cli import cli
from cuewire.wiring import load_mappings

TRIGGER = "trigger: t\nstatus: live\nwhen: {event: Signed Up}\ndo: [send: hello]\n"
MESSAGE = """
message: hello
purpose: PURPOSE
valid_for: 1d
code: {pool: spring, valid_for: 7d}
channels:
  sms: {via: twilio.send_message, body: 'Yours: {{ code }}'}
"""
DAY = 24 * 60 * MINUTE


class Desk:
    """A world in which a message gives codes, and a dispatcher that a test turns by hand."""

    def __init__(self, world: World, purpose: str = "transactional") -> None:
        self.world = world
        self.pools = CodePools(world.store, world.clock)
        self.coding = Coding(world.pipeline)
        path = world.folder / "rules" / "messages" / "hello.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MESSAGE.replace("PURPOSE", purpose))
        world.pipeline.publish(compiled(world.folder / "rules", t=TRIGGER))

    def sign_up(self, *users: str) -> None:
        """Let people sign up."""
        for user in users:
            traits = {"phone": f"+1415555{int(user[1:]):04}"}
            call = {"type": "track", "event": "Signed Up", "userId": user, "messageId": f"m-{user}"}
            assert self.world.send({**call, "context": {"traits": traits}}) == ["applied"]

    def send(self, coding: Coding | None = None) -> list[str]:
        """Commit the intent to send what is due, and give the texts that leave."""
        may_send, now = (coding or self.coding).permit, self.world.clock.time
        try:
            found = self.world.store.write(
                lambda tx: claim(tx, "twilio", now=now, limit=100, may_send=may_send)
            )
        except NothingDue:
            return []
        return [row.fields["body"] for row in found.sending]

    def rows(self) -> Sequence[DeliveryRow]:
        """Give the deliveries, the last first."""
        return self.world.store.read.deliveries(Filter(limit=500)).rows

    def numbers(self) -> tuple[int, int, int]:
        """Give how many codes of the pool are free, given and expired."""
        (pool,) = self.world.store.read.code_pools(self.world.clock.time)
        return pool.free, pool.given, pool.expired


def plain(*codes: str) -> list[Dated]:
    """Give codes that never expire."""
    return [(code, None) for code in codes]


def test_each_delivery_gets_a_code_of_its_own(world: World) -> None:
    """Whoever comes first gets the first; what is stored keeps the stand-in, so that lists show no code."""
    desk = Desk(world)
    assert desk.pools.load("spring", plain("A", "B", "C")) == 3
    desk.sign_up("u1", "u2")
    assert desk.send() == ["Yours: A", "Yours: B"]
    assert desk.numbers() == (1, 2, 0)
    assert {row.fields["body"] for row in desk.rows()} == {f"Yours: {CODE}"}


def test_an_empty_pool_is_a_wait_that_names_it_and_ends_when_codes_come(world: World) -> None:
    """The delivery stays scheduled, holds nobody up, and leaves with the first look after the load."""
    desk = Desk(world)
    desk.sign_up("u1")
    assert desk.send() == []
    (row,) = desk.rows()
    assert (row.status, row.reason) == ("scheduled", "code: the pool spring is empty of codes good for 7d")
    desk.pools.load("spring", plain("A"))
    world.clock.time += LOOK_AGAIN
    assert desk.send() == ["Yours: A"]


def test_a_wait_for_codes_ends_with_the_message_being_valid(world: World) -> None:
    """It expires, and says what it waited for."""
    desk = Desk(world)
    desk.sign_up("u1")
    world.clock.time += DAY - LOOK_AGAIN // 2
    assert desk.send() == []
    (row,) = desk.rows()
    assert row.status == "expired" and "the pool spring is empty" in row.reason
    (stop,) = world.store.read.decisions(Filter(status="not_met")).rows
    (reason,) = stop.reasons
    told = ("limits", "pool spring", "empty of codes good for 7d")
    assert (stop.gate, reason["expression"], reason["saw"]) == told


def test_a_second_attempt_keeps_the_code(world: World) -> None:
    """Also after a restart: the code goes with the delivery's id."""
    desk = Desk(world)
    desk.pools.load("spring", plain("A", "B"))
    desk.sign_up("u1")
    assert desk.send() == ["Yours: A"]

    def again(tx: Any) -> None:
        row = tx.deliveries.get(desk.rows()[0].id)
        row.status = "retrying"
        tx.deliveries.save(row)

    world.store.write(again)
    assert desk.send() == ["Yours: A"]
    assert desk.numbers() == (1, 1, 0)


def test_what_may_not_leave_spends_no_code(world: World) -> None:
    """A refusal at the last moment leaves the code to somebody else."""
    desk = Desk(world, "marketing")
    desk.pools.load("spring", plain("A"))
    desk.sign_up("u1")
    assert desk.rows()[0].status == "suppressed"
    agreed = {"context": {"consent": {"categoryPreferences": {"Advertising": True}}, "traits": {}}}
    call = {"type": "track", "event": "Signed Up", "userId": "u1", "messageId": "again"}
    world.send({**call, **agreed})
    assert [row.status for row in desk.rows()] == ["scheduled", "suppressed"]
    world.clock.time += 1
    refused = {"context": {"consent": {"categoryPreferences": {"Advertising": False}}}}
    world.send({"type": "identify", "userId": "u1", "messageId": "no", **refused})
    assert desk.send() == []
    assert desk.rows()[0].status == "suppressed" and desk.numbers() == (1, 0, 0)


def test_a_code_must_be_good_for_as_long_as_the_message_says(world: World) -> None:
    """One that expires within the week is passed over; of the others those that end first go first."""
    desk, now = Desk(world), world.clock.time
    desk.pools.load(
        "spring",
        [("ENDLESS", None), ("LATE", now + 30 * DAY), ("SOON", now + 6 * DAY), ("WEEK", now + 7 * DAY)],
    )
    desk.sign_up("u1", "u2", "u3", "u4")
    assert desk.send() == ["Yours: WEEK", "Yours: LATE", "Yours: ENDLESS"]
    assert desk.rows()[0].reason == "code: the pool spring is empty of codes good for 7d"
    world.clock.time += 6 * DAY + 1
    assert desk.numbers() == (0, 3, 1)


def test_no_code_is_ever_given_twice(world: World) -> None:
    """A hundred people, forty codes: forty different ones leave, whatever is loaded again."""
    desk = Desk(world)
    codes = [f"C{number}" for number in range(40)]
    assert desk.pools.load("spring", plain(*codes)) == 40
    desk.sign_up(*(f"u{number}" for number in range(100)))
    first = desk.send()
    assert desk.pools.load("spring", plain(*codes)) == 0
    world.clock.time += LOOK_AGAIN
    texts = first + desk.send()
    assert len(texts) == len(set(texts)) == 40
    assert desk.numbers() == (0, 40, 0)


def test_test_recipients_get_no_real_code(world: World) -> None:
    """In the mode redirect nothing is spent."""
    desk = Desk(world)
    desk.pools.load("spring", plain("A"))
    desk.sign_up("u1")
    assert desk.send(Coding(world.pipeline, is_test=True)) == [f"Yours: {FOR_TESTS}"]
    assert desk.numbers() == (1, 0, 0)


def test_a_message_that_lost_its_pool_is_not_sent(world: World) -> None:
    """Nobody gets a stand-in for a code."""
    desk = Desk(world)
    desk.sign_up("u1")
    path = world.folder / "rules" / "messages" / "hello.yaml"
    path.write_text(
        path.read_text().replace("code: {pool: spring, valid_for: 7d}\n", "").replace("{{ code }}", "x")
    )
    world.pipeline.publish(compiled(world.folder / "rules", t=TRIGGER))
    assert desk.send() == []
    assert desk.rows()[0].status == "suppressed"


# The files.


@pytest.mark.parametrize(
    ("code", "body", "told"),
    [
        ("", "{{ code }}", "a text prints `code`, but the message has no pool"),
        ("code: spring", "x", "warning: no text of the message prints its `code`"),
        ("code: {pool: sp ring}", "{{ code }}", "must be a pool"),
        ("code: {valid_for: 7d}", "{{ code }}", "needs `pool`"),
        ("code: {pool: spring, until: 7d}", "{{ code }}", "unknown key `until`"),
        ("code: spring", "{{ code }}", ""),
    ],
)
def test_a_code_needs_a_pool_and_a_pool_a_code(tmp_path: Path, code: str, body: str, told: str) -> None:
    """Whatever is missing is said before anybody is written to."""
    (tmp_path / "messages").mkdir()
    text = f"message: hello\npurpose: marketing\n{code}\nchannels:\n"
    text += f"  sms: {{via: twilio.send_message, body: '{body}'}}\n"
    (tmp_path / "messages" / "hello.yaml").write_text(text)
    problems = [str(one) for one in load_mappings(tmp_path).problems]
    assert len(problems) == bool(told), problems
    assert told in "".join(problems)


def test_only_messages_have_codes_and_links(tmp_path: Path) -> None:
    """A data action has neither, a step that reaches people by itself has links alone."""
    (tmp_path / "triggers").mkdir()
    steps = [
        "braze.track_event: {name: '{{ unsubscribe_url }}'}",
        "twilio.send_message: {purpose: marketing, body: '{{ preferences_url }}'}",
        "twilio.send_message: {purpose: marketing, body: '{{ code }}'}",
    ]
    text = "trigger: t\nwhen: {event: Seen}\ndo:\n" + "".join(f"  - {one}\n" for one in steps)
    (tmp_path / "triggers" / "t.yaml").write_text(text)
    problems = [str(one).partition("triggers/")[2] for one in load_mappings(tmp_path).problems]
    assert problems == [
        "t.yaml:4:31: only messages have `unsubscribe_url` (write it into a file in messages/)",
        "t.yaml:6:53: only messages have `code` (write it into a file in messages/)",
    ]


# The command and the API.


def test_the_command_loads_a_file_and_lists_pools(tmp_path: Path) -> None:
    """A code a line, some with an expiry; the same file again adds nothing."""
    file = tmp_path / "codes.txt"
    file.write_text("# spring sale\nA\nB , 2099-12-31\n\nC,2001-01-01T00:00:00Z\nA\n")
    data = ["--data", str(tmp_path / "data")]
    run = CliRunner().invoke
    assert (
        run(cli, ["codes", "load", "spring", str(file), *data]).output == "spring: 3 new, 0 known already\n"
    )
    assert (
        run(cli, ["codes", "load", "spring", str(file), *data]).output == "spring: 0 new, 3 known already\n"
    )
    told = json.loads(run(cli, ["codes", "list", *data, "--json"]).output)
    assert told == {"pools": [{"pool": "spring", "free": 2, "given": 0, "expired": 1}]}
    assert run(cli, ["codes", "list", *data]).output == "spring: 2 free, 0 given, 1 expired\n"


@pytest.mark.parametrize(
    ("pool", "text", "told"),
    [
        ("sp ring", "A", "is no name of a pool"),
        ("spring", "", "there is no code"),
        ("spring", "A,tomorrow", "codes.txt:1: 'tomorrow' is no time"),
        ("spring", "x" * 101, "is no code"),
    ],
)
def test_a_file_that_is_no_list_of_codes_is_refused(tmp_path: Path, pool: str, text: str, told: str) -> None:
    """Nothing of it is loaded."""
    file = tmp_path / "codes.txt"
    file.write_text(text)
    done = CliRunner().invoke(cli, ["codes", "load", pool, str(file), "--data", str(tmp_path / "data")])
    assert done.exit_code != 0 and told in str(getattr(done.exception, "message", ""))
    assert not (tmp_path / "data").exists()


def test_the_api_lists_pools_and_refuses_what_is_no_list() -> None:
    """A code itself is never shown."""
    client = edge().client
    answer = client.get("/api/codes", headers=BEARER)
    assert answer.json == {"pools": [{"pool": "spring", "free": 3, "given": 2, "expired": 1}]}
    for body, field in (
        ({"pool": "spring"}, "codes"),
        ({"pool": "spring", "codes": [1]}, "codes"),
        ({"pool": 7, "codes": ["A"]}, "pool"),
        ({"pool": "spring", "codes": ["A"], "expires_at": "soon"}, "expires_at"),
        ({"pool": "spring", "codes": ["A"], "x": 1}, "x"),
    ):
        answer = client.post("/api/codes", json=body, headers=BEARER)
        assert (answer.status_code, answer.json["error"]["field"]) == (400, field)


def test_the_api_loads_codes(world: World) -> None:
    """As many as are new; all with the same expiry."""
    web = Web(world)
    body = {"pool": "spring", "codes": ["A", "B"], "expires_at": "2001-01-01T00:00:00Z"}
    assert web.post("codes", body, 201) == {"pool": "spring", "added": 2, "known": 0}
    assert web.post("codes", {"pool": "spring", "codes": ["B", "C"]}, 201)["added"] == 1
    assert web.get("codes") == {"pools": [{"pool": "spring", "free": 1, "given": 0, "expired": 2}]}
    assert web.post("codes", {"pool": "1", "codes": ["A"]}, 400)["error"]["field"] == "pool"
