"""``cuewire preview``: a message as a stored person would get it, from a real case, a test or a given event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from core.engine.instant import iso
from core.pipeline import Pipeline
from core.ports import RawEvent, Store
from core.store.embedded import open_store
from cuewire.cli import cli, main
from cuewire.clock import SystemClock
from cuewire.wiring import load_mappings

MINUTE = 60_000

TRIGGER = """\
trigger: cart
status: live
when: {event: Product Added, not_followed_by: Order Completed, within: 15m, key: =properties.cart_id, restart: true}
only_if: =case.count > 1
limits: {cooldown: 1d}
do: [send: cart]
tests:
  - name: two of a kind
    profile: {user_id: t1, phone: "+14155550100", consent: {marketing: true}}
    timeline:
      - {at: 0m, event: Product Added, properties: {cart_id: c9, name: Test tent, price: 9, image_url: "https://shop.example/t.png"}}
      - {at: 1m, event: Product Added, properties: {cart_id: c9, name: Test stove, price: 8}}
    expect: [{at: 15m, send: cart}]
"""

MESSAGE = """\
message: cart
purpose: marketing
channels:
  sms:
    via: twilio.send_message
    body: 'Hi {{ profile.traits.name }}, {{ case.last.properties.name }} waits.'
    locales: {de: {body: 'Hallo {{ profile.traits.name }}'}}
  email: {via: sendgrid.send_email, subject: Your cart, html: {file: cart.html}}
"""

HTML = """\
<h1>Hi {{ profile.traits.name | default: "there" }}</h1>
{% for one in case.events %}<p>
{% if one.properties.image_url %}<img src="{{ one.properties.image_url }}" alt="">{% endif %}
{{ one.properties.name }} {{ one.properties.price }}</p>
{% endfor %}
"""


class Desk:
    """A store that a server holds open, the mappings beside it, and the command."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mappings, self.data = root / "mappings", root / "data"
        for name, text in (
            ("triggers/cart.yaml", TRIGGER),
            ("messages/cart.yaml", MESSAGE),
            ("messages/cart.html", HTML),
        ):
            path = self.mappings / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.store: Store = open_store(self.data, clock=SystemClock())
        loaded = load_mappings(self.mappings)
        assert loaded.rules is not None, loaded.problems
        self.pipeline = Pipeline(self.store, SystemClock(), loaded.rules)
        self.now = SystemClock().now()

    def send(self, *calls: dict[str, Any]) -> None:
        """Let calls arrive, each as many minutes ago as it says."""
        items = []
        for number, call in enumerate(calls):
            at = iso(self.now - call.pop("ago", 0) * MINUTE)
            body = {"type": "track", "messageId": f"m{number}", "userId": "u1", "timestamp": at, **call}
            items.append(RawEvent(msgspec.json.encode(body), body))
        assert set(self.pipeline.accept("segment", items, self.now)) == {"applied"}

    def identify(self, traits: dict[str, Any]) -> None:
        """Make the person known."""
        self.send({"type": "identify", "traits": traits, "messageId": "known", "ago": 600})

    def fill(self) -> None:
        """Fill a cart three times over, the last two products in the same one."""
        for number, (cart, name, ago) in enumerate(
            (("c1", "Old", 300), ("c2", "Tent", 60), ("c2", "Stove <2>", 59))
        ):
            properties = {"cart_id": cart, "name": name, "price": 40 + number}
            self.send(
                {"event": "Product Added", "properties": properties, "messageId": f"p{number}", "ago": ago}
            )

    def run(self, *arguments: str) -> Result:
        """Run the command."""
        given = ["preview", *arguments, "--mappings", str(self.mappings), "--data", str(self.data)]
        return CliRunner().invoke(cli, given)

    def told(self, *arguments: str) -> dict[str, Any]:
        """Run the command for machines."""
        found: dict[str, Any] = json.loads(self.run(*arguments, "--json").stdout)
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a desk; its store stays open, as beside a running server."""
    made = Desk(tmp_path)
    yield made
    made.store.close()


def by_channel(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the channels by their names."""
    return {one["channel"]: one for one in told["channels"]}


def test_the_last_real_case_fills_the_message_in(desk: Desk) -> None:
    """Of three carts the last one left counts, with all its products, escaped in HTML."""
    desk.identify({"name": "Ada", "phone": "+14155550100", "email": "ada@example.com"})
    desk.fill()
    found = desk.told("cart", "--profile", "u1")
    assert found["trigger"] == "cart" and found["sample"]["key"] == "c2"
    assert found["sample"]["told"].startswith("the last case of cart, at ")
    channels = by_channel(found)
    assert channels["sms"]["fields"] == {"to": "+14155550100", "body": "Hi Ada, Stove <2> waits."}
    html = channels["email"]["fields"]["html"]
    assert "Tent 41" in html and "Stove &lt;2&gt; 42" in html and "Old" not in html


def test_consent_and_the_chosen_channel_are_told(desk: Desk) -> None:
    """Without consent nothing would leave, and who prefers e-mail gets it."""
    desk.identify(
        {"name": "Ada", "phone": "+14155550100", "email": "ada@example.com", "preferred_channel": "email"}
    )
    desk.fill()
    before = by_channel(desk.told("cart", "--profile", "user_id:u1"))
    assert [one["chosen"] for one in before.values()] == [False, False]
    assert before["sms"]["verdict"] == "would not be sent: marketing by sms, no statement"
    agreed = {"consent": {"categoryPreferences": {"Advertising": True}}}
    desk.send({"event": "Agreed", "context": agreed, "messageId": "agreed"})
    after = by_channel(desk.told("cart", "--profile", "email:ADA@example.com"))
    assert (after["email"]["chosen"], after["sms"]["chosen"]) == (True, False)
    assert after["email"]["verdict"] == "would be sent now"


def test_caps_and_quiet_hours_are_told(desk: Desk) -> None:
    """The rules above all triggers are asked as of now."""
    (desk.mappings / "policy.yaml").write_text(
        'quiet_hours: {from: "00:00", to: "23:59", zone: [=profile.traits.timezone]}\n'
        "purposes: {marketing: {consent: not_needed}}\ncaps: [{channel: sms, times: 1, per: 1d}]\n"
    )
    desk.identify({"name": "Ada", "phone": "+14155550100", "timezone": "UTC"})
    desk.fill()
    sms = by_channel(desk.told("cart", "--profile", "u1"))["sms"]
    assert [one["gate"] for one in sms["reasons"]] == ["consent", "caps", "quiet_hours"]
    waits = sms["reasons"][2]["saw"] != "free in UTC"
    assert sms["verdict"].startswith("would wait until" if waits else "would be sent now")


def test_a_missing_value_is_named_and_ends_with_1(desk: Desk) -> None:
    """The other channel is shown all the same."""
    desk.identify({"phone": "+14155550100"})
    desk.fill()
    result = desk.run("cart", "--profile", "u1")
    assert result.exit_code == 1
    assert "MISSING body: profile.traits.name is missing" in result.stdout
    assert "Hi there" in result.stdout
    desk.send({"type": "identify", "traits": {"email": "ada@example.com"}, "messageId": "mail"})
    assert desk.run("cart", "--profile", "u1", "--channel", "email").exit_code == 0


def test_a_test_of_the_trigger_stands_in_for_a_case(desk: Desk) -> None:
    """Who never left a cart sees the message with made-up products, and their own name and language."""
    desk.identify({"name": "Ada", "phone": "+14155550100", "locale": "de-AT"})
    found = desk.told("cart", "--profile", "u1")
    assert found["sample"]["told"] == "a test of cart: two of a kind"
    channels = by_channel(found)
    assert channels["sms"]["fields"]["body"] == "Hallo Ada"
    assert "Test tent 9" in channels["email"]["fields"]["html"]


def test_a_given_event_or_list_of_events_is_shown(desk: Desk, tmp_path: Path) -> None:
    """A file of one call or several makes the case."""
    desk.identify({"name": "Ada", "phone": "+14155550100"})
    one = {"event": "Product Added", "properties": {"name": "Lamp", "price": "19.5"}}
    (tmp_path / "one.json").write_text(json.dumps(one))
    (tmp_path / "two.json").write_text(json.dumps([one, {**one, "properties": {"name": "Rope", "price": 7}}]))
    found = desk.told("cart", "--profile", "u1", "--event", str(tmp_path / "one.json"))
    assert by_channel(found)["sms"]["fields"]["body"] == "Hi Ada, Lamp waits."
    found = desk.told("cart", "--profile", "u1", "--event", str(tmp_path / "two.json"))
    html = by_channel(found)["email"]["fields"]["html"]
    assert "Lamp 19.5" in html and "Rope 7" in html


def test_the_page_is_one_file_in_which_nothing_runs(desk: Desk, tmp_path: Path) -> None:
    """What data holds stays text, also inside the frame that shows the e-mail."""
    desk.identify({"name": "<script>alert(1)</script>", "phone": "+14155550100", "email": "a@example.com"})
    desk.fill()
    page = tmp_path / "page.html"
    result = desk.run("cart", "--profile", "u1", "--html", str(page))
    assert result.exit_code == 0 and result.stdout == ""
    html = page.read_text()
    assert "<script" not in html
    assert "default-src 'none'" in html and re.search(r"<iframe sandbox title=", html)
    assert "&amp;lt;script&amp;gt;" in html


def test_the_terminal_shows_html_as_text(desk: Desk) -> None:
    """Tags go, images and their addresses stay."""
    desk.identify({"name": "Ada", "phone": "+14155550100", "email": "ada@example.com"})
    result = desk.run("cart", "--profile", "u1", "--channel", "email")
    assert (
        "    Hi Ada\n    [image : https://shop.example/t.png] Test tent 9\n    Test stove 8\n"
        in result.stdout
    )
    assert result.stdout.startswith(
        "cart to user_id u1 / email ada@example.com / phone +14155550100, for marketing"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("cart", "--profile", "nobody"), 1, "Nobody here has user_id nobody"),
        (("cart", "--profile", "email:x@y.z"), 1, "Nobody here has email x@y.z"),
        (("crt", "--profile", "u1"), 2, "did you mean `cart`?"),
        (("cart", "--profile", "u1", "--channel", "push"), 2, "it has sms, email"),
        (("cart", "--profile", "u1", "--event", __file__), 2, "is no JSON that can be read"),
    ],
)
def test_what_cannot_be_shown_says_why(
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    """No such person is a finding; no such message is wrong use."""
    desk.identify({"name": "Ada"})
    folders = ["--mappings", str(desk.mappings), "--data", str(desk.data)]
    monkeypatch.setattr("sys.argv", ["cuewire", "preview", *arguments, *folders])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert told in capsys.readouterr().err


def test_nothing_is_written_by_a_preview(desk: Desk) -> None:
    """The store is the same afterwards: no decision, no delivery, no statement."""
    desk.identify({"name": "Ada", "phone": "+14155550100"})
    desk.fill()
    before = dict(desk.store.read.counts())
    desk.run("cart", "--profile", "u1")
    assert dict(desk.store.read.counts()) == before
