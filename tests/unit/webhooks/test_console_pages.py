"""The console's pages: what they show, where they lead, and that nothing breaks them."""

from __future__ import annotations

from typing import Any

import pytest
from edge.console import opened
from edge.reader import NOW

from core.errors import StoreError
from core.ports import AlertRow, DecisionRow, DeliveryRow, EventRow
from webhooks.console.page import PART


def event(number: int, **changes: Any) -> EventRow:
    """Make an event."""
    made = EventRow(number, f"e_{number}", "segment", "track", "Product Viewed", NOW, NOW + number, "applied")
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_the_live_view_shows_all_three_kinds_with_links() -> None:
    """Event, decision and delivery, each leading to its page and the person's."""
    text = opened().client.get("/console/").text
    for shown in (
        "event?id=t_1",
        "decision?id=d_1",
        "delivery?id=a_1",
        "person?id=p_1",
        "set aside",
        "unknown",
    ):
        assert shown in text
    assert "2 attempts · <bdi>the answer was lost" in text


def test_an_open_alert_stands_on_every_page_until_it_is_over() -> None:
    """For who is signed in; what it says is text."""
    app = opened()
    alert = AlertRow(
        "w_1", "silent", "source", "segment", "nothing came for <b>6h</b>", "look", opened_at=NOW
    )
    app.reader.alert_rows.append(alert)
    text = app.client.get("/console/").text
    assert "Alert: source segment is silent since" in text
    assert "nothing came for &lt;b&gt;6h&lt;/b&gt;" in text
    assert "Alert:" in app.client.get("/console/person?id=p_1").text
    assert "Alert:" not in app.app.test_client().get("/console/signin").text
    alert.cleared_at = NOW
    assert "Alert:" not in app.client.get("/console/").text


def test_the_alert_of_stopped_sends_is_left_to_the_stops_own_banner() -> None:
    """The banner comes and goes with the stop itself; the alert is cleared some seconds after it."""
    app = opened()
    why = "all sends are stopped"
    app.reader.alert_rows.append(AlertRow("w_1", "paused", "server", "sends", why, "look", opened_at=NOW))
    app.reader.alert_rows.append(AlertRow("w_2", "paused", "trigger", "cart", why, "look", opened_at=NOW))
    text = app.client.get("/console/").text
    assert text.count("Alert:") == 1
    assert "trigger cart" in text


def test_the_newest_is_first_and_effects_stand_above_their_cause() -> None:
    """At one moment a delivery comes above its decision, and that above its event."""
    app = opened()
    app.reader.event_rows.insert(0, event(50))
    text = app.client.get("/console/").text
    places = [
        text.index(f'data-key="{key}') for key in ("event 50", "delivery a_1", "decision d_1", "event 1")
    ]
    assert places == sorted(places)


def test_one_kind_is_paged_by_cursor_and_stands_still() -> None:
    """An older page leads on and does not update itself."""
    app = opened()
    app.reader.event_rows[:] = [event(number) for number in range(130, 0, -1)]
    first = app.client.get("/console/?kind=events").text
    assert "data-live" in first
    assert "Older events" in first
    second = app.client.get("/console/?kind=events&cursor=60").text
    assert "data-live" not in second
    assert "event?id=e_70" in second
    assert "These are the newest 60" in app.client.get("/console/").text


def test_filters_are_handed_to_the_store() -> None:
    """A status narrows to the lists that know it, a person may be named in any way."""
    app = opened()
    app.client.get("/console/?status=fired&trigger=welcome&profile=ADA@example.com")
    (asked,) = app.reader.asked
    assert (asked.status, asked.trigger, asked.profile) == ("fired", "welcome", "p_1")
    assert "Nobody here has" in app.client.get("/console/?profile=nobody").text


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("?status=%3Cscript%3E", 400, "There is no status &#39;&lt;script&gt;&#39;"),
        ("?kind=events&cursor=x", 400, "The cursor is not one"),
        ("person?id=nobody", 404, "Nobody here has this id"),
        ("event?id=e_0", 404, "No event here"),
        ("decision", 404, "No decision here"),
        ("delivery?id=", 404, "No delivery here"),
        ("nowhere/at/all", 404, "There is no such page"),
        ("static/none.css", 404, "Not Found"),
    ],
)
def test_what_is_not_there_is_said_on_a_page(address: str, status: int, words: str) -> None:
    """In HTML, with a way back."""
    answer = opened().client.get(f"/console/{address}")
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert words in answer.text
    assert "To the live view" in answer.text


def test_a_method_that_a_page_does_not_take_is_refused_on_a_page() -> None:
    """Also for forms of this site."""
    client = opened().client
    csrf = client.get("/console/").text.partition('name="csrf" value="')[2].partition('"')[0]
    assert client.post("/console/event", data={"csrf": csrf}).status_code == 405


def test_a_store_that_cannot_be_read_is_a_503_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do about it."""
    app = opened()

    def fail(*_: Any) -> Any:
        raise StoreError("The store cannot be read: disk I/O error.", hint="Check the disk.")

    monkeypatch.setattr(app.reader, "events", fail)
    answer = app.client.get("/console/")
    assert (answer.status_code, "Check the disk." in answer.text) == (503, True)


def test_a_bug_is_a_500_page_without_details(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has them."""
    app = opened()
    monkeypatch.setattr(app.reader, "events", lambda _: 1 / 0)
    answer = app.client.get("/console/")
    assert answer.status_code == 500
    assert "division" not in answer.text


def test_an_unchanged_part_is_not_sent_again() -> None:
    """The page's script sends the tag of what it has."""
    app = opened()
    first = app.client.get("/console/", headers={PART: "live"})
    assert "<html" not in first.text
    asked = {PART: "live", "If-None-Match": first.headers["ETag"]}
    assert app.client.get("/console/", headers=asked).status_code == 304
    app.reader.event_rows.insert(0, event(9))
    assert app.client.get("/console/", headers=asked).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"properties": {"name": "\\ud83d"}}',
        b"[" * 5_000,
        b'{"properties": 7, "traits": [1]}',
        b'{"properties": {"a": {"b": null}, "c": true}}',
    ],
)
def test_no_raw_event_breaks_a_page(raw: bytes) -> None:
    """What came half, deep or not as JSON is shown as well as it can be."""
    app = opened()
    app.reader.event_rows.insert(0, event(7, raw=raw, event="", type=""))
    assert app.client.get("/console/").status_code == 200
    assert app.client.get("/console/event?id=e_7").status_code == 200


def test_a_write_key_is_not_shown() -> None:
    """It comes in the bodies of browsers' calls."""
    app = opened()
    app.reader.event_rows.insert(0, event(7, raw=b'{"writeKey": "wk-secret", "event": "A"}'))
    text = app.client.get("/console/event?id=e_7").text
    assert "wk-secret" not in text
    assert "***" in text


def test_a_decision_in_shadow_is_marked_everywhere() -> None:
    """In the list and on its page."""
    app = opened()
    app.reader.decision_rows[0].shadow = True
    assert "fired in shadow" in app.client.get("/console/").text
    assert "in shadow nothing is sent" in app.client.get("/console/decision?id=d_1").text


def test_why_something_did_not_happen_names_the_condition_that_failed() -> None:
    """Of a tree of conditions, the leaf that decided, with what it saw."""
    leaf = {"kind": "formula", "truth": False, "expression": "case.sum > 50", "saw": {"case.sum": 18.0}}
    other = {"kind": "formula", "truth": True, "expression": "other", "saw": {"other": 1}}
    wrapped = {
        "kind": "not",
        "truth": False,
        "expression": "not(vip)",
        "parts": [other | {"expression": "vip", "saw": True}],
    }
    parts = [{"kind": "all", "truth": False, "expression": "all(...)", "parts": [other, leaf, wrapped]}]
    reason = {"gate": "only_if", "passed": False, "expression": "all(...)", "needed": True, "parts": parts}
    app = opened()
    app.reader.decision_rows.insert(
        0, DecisionRow("d_2", "cart", "not_met", [reason], NOW, "t_1", "p_1", "c1", "v")
    )
    line = (
        app.client.get("/console/?kind=decisions").text.partition("<summary>")[2].partition("</summary>")[0]
    )
    assert "case.sum &gt; 50</bdi> <i>saw</i> <b><bdi>18</bdi>" in line
    assert "not vip" in line
    assert "other" not in line
    page = app.client.get("/console/decision?id=d_2").text
    assert "all of these" in page
    assert "case.sum = 18" in page


def test_a_lost_answer_that_was_settled_is_explained() -> None:
    """The delivery's page says why there was no second attempt."""
    app = opened()
    row: DeliveryRow = app.reader.delivery_rows[0]
    app.reader.delivery_rows[0] = DeliveryRow(
        **{name: getattr(row, name) for name in row.__struct_fields__}
        | {"status": "delivered", "attempts": row.attempts[:1]}
    )
    text = app.client.get("/console/delivery?id=a_1").text
    assert "twilio said later that it was delivered" in text


def test_what_no_trigger_asked_for_leads_to_no_decision() -> None:
    """A destination that is told by itself."""
    app = opened()
    row: DeliveryRow = app.reader.delivery_rows[0]
    app.reader.delivery_rows[0] = DeliveryRow(
        **{name: getattr(row, name) for name in row.__struct_fields__} | {"decision_id": "", "trigger": ""}
    )
    text = app.client.get("/console/delivery?id=a_1").text
    assert "no step of a trigger asked for it" in text
    assert 'decision?id="' not in text


def test_names_with_any_character_lead_to_their_page() -> None:
    """An event's id is the sender's; it may hold what means something in addresses."""
    app = opened()
    strange = "../a?b=c&d#e %00\u202e'\"<"
    app.reader.event_rows.insert(0, event(7, id=strange))
    text = app.client.get("/console/?kind=events").text
    address = text.partition('class="title"><a href="')[2].partition('"')[0]
    assert "event?id=" in address
    assert app.client.get(f"/console/{address}").status_code == 200
