"""``cuewire profile`` and ``cuewire audit`` as they are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from core.engine import decode
from core.errors import OperatorError
from core.pipeline import Pipeline
from core.ports import Filter, RawEvent, SetAside
from core.store.database import FILE
from core.store.embedded import EmbeddedStore, open_store
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.wiring import load_mappings

CART = """
trigger: cart
status: live
when: {event: Product Added, not_followed_by: Order Completed, within: 15m, key: =properties.cart_id}
limits: {cap: {times: 100, per: 1d}}
do:
  - braze.track_event: {external_id: =profile.id, name: Cart left}
"""

BOUGHT = """
trigger: bought
status: live
when: {event: Order Completed}
limits: {cap: {times: 100, per: 1d}}
only_if: '=has(profile.traits.city)'
do:
  - braze.track_event: {external_id: =profile.id, name: '=profile.traits.city'}
"""

ADA, SECRET = "ada@example.com", "Lovelace-of-Ockham"


class Place:
    """A data folder with one shopper, and mappings beside it."""

    def __init__(self, folder: Path) -> None:
        self.data, self.mappings = folder / "data", folder / "mappings"
        (self.mappings / "triggers").mkdir(parents=True)
        for name, text in (("cart", CART), ("bought", BOUGHT)):
            (self.mappings / "triggers" / f"{name}.yaml").write_text(text)
        self.count = 0
        store = self.open()
        self.send(store, "Product Added", properties={"cart_id": "c1"})
        self.send(store, "Order Completed", anonymousId="a1", properties={"note": SECRET})
        self.send(store, "Product Added", properties={"cart_id": "c2"})
        self.send(store, "Product Viewed", user="bo")
        broken = json.dumps({"type": "nonsense", "email": ADA}).encode()
        self.pipeline.accept("segment", [SetAside(broken, "no type")], SystemClock().now())
        store.close()

    def open(self) -> EmbeddedStore:
        """Open the store."""
        store = open_store(self.data, clock=SystemClock())
        rules = load_mappings(self.mappings).rules
        assert rules is not None
        self.pipeline = Pipeline(store, SystemClock(), rules)
        return store

    def send(self, store: EmbeddedStore, name: str, user: str = "ada", **more: Any) -> None:
        """Send one event."""
        self.count += 1
        call = {"type": "track", "event": name, "userId": user, "messageId": f"m{self.count}", **more}
        if user == "ada":
            call["context"] = {"traits": {"email": ADA, "city": SECRET}}
        self.pipeline.accept("segment", [RawEvent(msgspec.json.encode(call), call)], SystemClock().now())

    def run(self, *words: str, typed: str = "") -> Result:
        """Type a command."""
        return CliRunner().invoke(cli, [*words, "--data", str(self.data)], input=typed)

    def profile(self, what: str, *words: str, typed: str = "") -> Result:
        """Type one of the commands about people."""
        return self.run("profile", what, *words, typed=typed)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Give a place of its own to each test."""
    return Place(tmp_path)


def test_show_tells_what_is_known_and_open(place: Place) -> None:
    """For people and for machines, also beside a running server."""
    store = place.open()
    told = place.profile("show", "user_id", "ada")
    assert told.exit_code == 0
    assert f"trait city: {SECRET} (segment at" in told.output
    assert "open case: cart [c2] with 1 events" in told.output
    assert "bought fired" in told.output
    shape = json.loads(place.profile("show", "email", ADA.upper(), "--json").output)
    assert shape["identifiers"] == {"user_id": ["ada"], "email": [ADA], "anonymous_id": ["a1"]}
    assert [case["key"] for case in shape["cases"]] == ["c2"]
    store.close()


PROFILE = """
computed:
  orders: {count: {event: Order Completed}}
  first_note: {first: =properties.note, event: Order Completed}
scores:
  churn: =profile.traits.orders * 0.5
"""


def test_show_and_export_tell_what_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the mappings that are named, else by those of ./mappings; without any only what was sent is told."""
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "profile.yaml").write_text(PROFILE)
    place = Place(tmp_path)
    named = ("--mappings", str(place.mappings))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    bare = json.loads(place.profile("show", "user_id", "ada", "--json").output)
    assert (sorted(bare["traits"]), bare["scores"]) == (["city", "email"], {})
    told = json.loads(place.profile("show", "user_id", "ada", "--json", *named).output)
    assert told["traits"]["orders"] == {"value": 1, "at": None, "source": "computed"}
    assert (told["traits"]["first_note"]["value"], told["scores"]) == (SECRET, {"churn": 0.5})
    assert "trait orders: 1 (computed)" in place.profile("show", "user_id", "ada", *named).output
    monkeypatch.chdir(tmp_path)
    exported = json.loads(place.profile("export", "user_id", "ada").output)["profile"]
    assert (exported["traits"], exported["scores"]) == (told["traits"], told["scores"])


def test_a_folder_of_mappings_that_is_not_there_is_told_by_its_name(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Split needs one, show and export only where one is named; wrong use ends with 2."""
    monkeypatch.chdir(tmp_path / "data")
    split = place.profile("split", "user_id", "ada", "--into", "email", ADA, "--yes")
    shown = place.profile("show", "user_id", "ada", "--mappings", "nodir")
    for result, name in ((split, "mappings"), (shown, "nodir")):
        assert isinstance(result.exception, OperatorError)
        assert result.exception.message == f"There is no folder {name}."
        assert "--mappings" in result.exception.hint


def test_who_is_not_known_is_told_so(place: Place) -> None:
    """Every command ends with 1."""
    mappings = ("--mappings", str(place.mappings))
    for what, more in (
        ("show", ()),
        ("export", ()),
        ("erase", ("--yes",)),
        ("split", ("--into", "email", ADA, "--yes", *mappings)),
    ):
        result = place.profile(what, "user_id", "nobody", *more)
        assert (result.exit_code, "Nobody here has user_id nobody" in result.output) == (1, True), what


def test_export_gives_everything_as_one_document(place: Place) -> None:
    """Events with the bytes they came as, decisions, deliveries and how the identifiers joined."""
    document = json.loads(place.profile("export", "user_id", "ada").output)
    assert [event["id"] for event in document["events"]] == ["m3", "m2", "m1"]
    assert SECRET in document["events"][1]["raw"]
    assert {one["trigger"] for one in document["decisions"]} == {"bought", "cart"}
    assert [one["fields"]["name"] for one in document["deliveries"]] == [SECRET]
    assert {"linked"} <= {one["kind"] for one in document["identity_log"]}


def test_erase_leaves_nothing_of_the_person_on_the_disk(place: Place) -> None:
    """Not in the file, not in its log; others and the numbers stay, and the receipt says what went."""
    assert SECRET.encode() in b"".join(path.read_bytes() for path in place.data.iterdir())
    result = place.profile("erase", "user_id", "ada", "--yes", "--json")
    assert result.exit_code == 0, result.output
    receipt = json.loads(result.output)
    assert (receipt["events"], receipt["identifiers"], receipt["deliveries"]) == (4, 3, 1)
    assert (receipt["cancelled"], receipt["timers"]) == (1, 1)
    assert receipt["receipt"].startswith("r_")
    left = b"".join(path.read_bytes() for path in place.data.iterdir())
    assert [text for text in (SECRET, ADA, *receipt["profiles"]) if text.encode() in left] == []
    store = place.open()
    try:
        assert store.read.owner("user_id", "ada") is None
        assert store.read.owner("user_id", "bo") is not None
        (delivery,) = store.read.deliveries(Filter()).rows
        assert (delivery.status, delivery.fields, delivery.profile_id) == ("cancelled", {}, "")
        assert store.write(lambda tx: tx.profiles.first_due()) is None
        # The same id again is a repeat still; a new event makes a new person.
        place.count = 1
        place.send(store, "Order Completed")
        assert store.read.owner("user_id", "ada") is None
        place.count = 50
        place.send(store, "Product Viewed")
        owner = store.read.owner("user_id", "ada")
        assert owner is not None
        state = store.read.profile(owner)
        assert state is not None
        assert decode(state).firings == {}
    finally:
        store.close()
    assert audited(place)["left"] == 0


def test_erase_asks_before_it_does_anything(place: Place) -> None:
    """A no, or no answer, leaves all as it was."""
    before = place.profile("show", "user_id", "ada", "--json").output
    assert place.profile("erase", "user_id", "ada", typed="n\n").exit_code == 1
    assert place.profile("show", "user_id", "ada", "--json").output == before
    assert "Erased at" in place.profile("erase", "user_id", "ada", typed="y\n").output


def test_what_changes_people_is_refused_while_a_server_runs(place: Place) -> None:
    """The lock says who runs; nothing is changed."""
    store = place.open()
    result = place.profile("erase", "user_id", "ada", "--yes")
    assert result.exit_code != 0
    assert "in use by process" in str(result.exception)
    assert store.read.owner("user_id", "ada") is not None
    store.close()


def test_split_shows_what_it_would_do_and_then_does_it(place: Place) -> None:
    """Asked first; the ones named with --into leave together."""
    words = ("user_id", "ada", "--into", "anonymous_id", "a1", "--mappings", str(place.mappings))
    refused = place.profile("split", *words, typed="n\n")
    assert refused.exit_code == 1
    assert "Leaves: anonymous_id a1" in refused.output
    done = json.loads(place.profile("split", *words, "--yes", "--json").output)
    assert done["leaves"]["identifiers"] == {"anonymous_id": ["a1"]}
    assert done["stays"]["events"] == 3
    shape = json.loads(place.profile("show", "anonymous_id", "a1", "--json").output)
    assert shape["id"] == done["leaves"]["id"]


def audited(place: Place, *words: str) -> dict[str, Any]:
    """Audit and give the report."""
    result = place.run("audit", "--json", "--mappings", str(place.mappings), *words)
    assert result.exit_code in (0, 1), result.output
    report: dict[str, Any] = json.loads(result.output)
    assert result.exit_code == (1 if report["left"] else 0)
    return report


def test_audit_finds_and_repairs_by_its_command(place: Place) -> None:
    """0 when nothing is missing, 1 when something is; beside a server it only reads."""
    assert audited(place)["left"] == 0
    store = place.open()
    store.write(lambda tx: tx.connection.execute("DELETE FROM decisions"))  # type: ignore[attr-defined]  # behind its back
    assert audited(place)["left"] == 1
    refused = place.run("audit", "--repair", "--mappings", str(place.mappings))
    assert "A server runs" in str(refused.exception)
    store.close()
    text = place.run("audit", "--mappings", str(place.mappings))
    assert "missing: no decision of bought" in text.output
    assert "--repair puts it back" in text.output
    assert audited(place, "--repair")["repaired"] == 1
    assert audited(place)["missing"] == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--since", "soon"), "is no duration"),
        (("--trigger", "nope"), "no trigger 'nope'"),
        (("--mappings", "nowhere-at-all"), "no folder nowhere-at-all"),
    ],
)
def test_audit_says_what_was_typed_wrong(place: Place, words: tuple[str, ...], problem: str) -> None:
    """An expected error, in words."""
    result = place.run("audit", "--mappings", str(place.mappings), *words)
    assert problem in str(result.exception)


def test_audit_needs_a_store(tmp_path: Path) -> None:
    """It makes none."""
    result = CliRunner().invoke(cli, ["audit", "--data", str(tmp_path / "none")])
    assert "There is no store" in str(result.exception)
    assert not (tmp_path / "none" / FILE).exists()
