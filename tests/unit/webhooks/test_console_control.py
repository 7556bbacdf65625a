"""The console's one lever and its numbers: stop all sends, rates of triggers, the ledger of consent."""

from __future__ import annotations

import re

import pytest
from edge.console import opened
from edge.doubles import BEARER, Edge, edge
from edge.reader import NOW

from core.dispatch import Stop
from core.engine.rule import RuleSet
from core.ports import ConsentRow, ConversionNumbers, ConversionRow, DayRow, StepNumbers
from cuewire.wiring import PRESETS, load_mappings
from webhooks.api.port import NoControl

DAY = 86_400_000


class Lever(NoControl):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.stopped: Stop | None = None  # type: ignore[assignment]

    def stop(self, reason: str) -> Stop:
        """Stop."""
        self.stopped = Stop(NOW, reason)
        return self.stopped

    def go_on(self) -> bool:
        """Go on."""
        was, self.stopped = self.stopped, None
        return was is not None


def token(app: Edge, page: str = "stop") -> str:
    """Give the token that the page's form holds."""
    found = re.search(r'name="csrf" value="([^"]+)"', app.client.get(f"/console/{page}").text)
    assert found is not None
    return found[1]


def test_sends_are_stopped_and_let_go_on_by_the_forms() -> None:
    """Asked first; then every page says so, and the API too; the way back stands at the same place."""
    lever = Lever()
    app = opened(control=lever)
    asked = app.client.get("/console/stop").text
    assert "Stop all sends?" in asked and lever.stopped is None
    form = {"csrf": token(app), "reason": "the wrong <price>"}
    assert app.client.post("/console/stop", data=form).headers["Location"] == "stop"
    assert lever.stopped == Stop(NOW, "the wrong <price>")
    assert app.client.get("/api/stop", headers=BEARER).json["stopped"] is True
    for page in ("", "triggers", "person?id=p_1", "stop"):
        text = app.client.get(f"/console/{page}").text
        assert "All sends are stopped since" in text and "the wrong &lt;price&gt;" in text
    assert app.client.post("/console/go-on", data={"csrf": token(app)}).status_code == 303
    assert lever.stopped is None
    assert "All sends are stopped" not in app.client.get("/console/").text


def test_a_stop_without_a_word_says_where_it_came_from() -> None:
    """Whoever comes after sees that it was the console."""
    lever = Lever()
    app = opened(control=lever)
    app.client.post("/console/stop", data={"csrf": token(app)})
    assert lever.stopped is not None and lever.stopped.reason == "by the console"


def test_a_reason_that_is_too_long_stops_nothing() -> None:
    """The page says so and asks again."""
    lever = Lever()
    app = opened(control=lever)
    answer = app.client.post("/console/stop", data={"csrf": token(app), "reason": "x" * 501})
    assert answer.status_code == 400 and "500 letters" in answer.text
    assert lever.stopped is None


@pytest.mark.parametrize("path", ["stop", "go-on"])
@pytest.mark.parametrize("form", [{}, {"csrf": "made up"}, {"csrf": ""}])
def test_a_form_of_another_site_moves_nothing(path: str, form: dict[str, str]) -> None:
    """Without this session's token both are refused."""
    lever = Lever()
    lever.stop("already")
    app = opened(control=lever)
    assert app.client.post(f"/console/{path}", data=form).status_code == 403
    assert lever.stopped == Stop(NOW, "already")


@pytest.mark.parametrize("path", ["stop", "go-on"])
def test_without_a_session_nobody_moves_the_lever(path: str) -> None:
    """The way leads to the sign-in; looking at an address never acts."""
    lever = Lever()
    app = edge(control=lever)
    assert app.client.post(f"/console/{path}", data={}).headers["Location"] == "signin"
    signed = opened(control=lever)
    assert signed.client.get("/console/go-on").status_code == 404
    assert lever.stopped is None


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    """Give the starter set's rules."""
    found = load_mappings(PRESETS).rules
    assert found is not None
    return found


def numbered(shipped: RuleSet) -> Edge:
    """Give the app with a trigger's numbers."""
    app = opened(rule_set=shipped)
    today = NOW // DAY
    app.reader.day_rows += [
        DayRow("welcome", today, "fired", "", 8, NOW),
        DayRow("welcome", today - 20, "fired", "", 2, NOW),
        DayRow("welcome", today, "suppressed", "consent", 3, NOW),
    ]
    app.reader.numbers = [ConversionNumbers("welcome", 4, 5, 1250.5, 7_200_000.0)]
    app.reader.steps = [StepNumbers(0, "sms", "twilio", "send_message", "hello", 8, 4)]
    app.reader.conversion_rows.append(
        ConversionRow("c1", "d_1", "welcome", "t_1", "p_1", NOW, NOW - 5_400_000, 19.9)
    )
    return app


def test_the_rates_of_triggers_are_those_of_the_api(shipped: RuleSet) -> None:
    """Decisions by outcome, conversions, their share of what fired, and what they were worth."""
    app = numbered(shipped)
    shown = app.client.get("/api/triggers/welcome", headers=BEARER).json
    assert (shown["outcomes"]["fired"], shown["rate"]) == (10, 0.4)
    text = app.client.get("/console/triggers").text
    for part in ("trigger?id=welcome", ">10<", ">40.0 %<", ">1,250.50<"):
        assert part in text
    assert ">8<" in app.client.get("/console/triggers?days=7").text


def test_a_triggers_page_tells_steps_gates_and_conversions(shipped: RuleSet) -> None:
    """Each conversion leads to the person, the decision and the event."""
    text = numbered(shipped).client.get("/console/trigger?id=welcome").text
    for part in (
        "hello",
        "50.0 %",
        "1.5 hours",
        "person?id=p_1",
        "decision?id=d_1",
        "event?id=t_1",
        "2 hours",
    ):
        assert part in text, part
    assert re.search(r"consent</th>.*has the person agreed.*>3<", text, re.DOTALL)


def test_what_is_no_trigger_and_no_span_is_said(shipped: RuleSet) -> None:
    """A page says what to do instead."""
    app = numbered(shipped)
    assert app.client.get("/console/trigger?id=nothing").status_code == 404
    assert app.client.get("/console/triggers?days=0").status_code == 400
    assert "There are no triggers yet" in opened().client.get("/console/triggers").text


def test_the_ledger_shows_every_statement_with_what_it_rests_on() -> None:
    """Newest first, what was outweighed too; names and notes are text."""
    app = opened()
    app.reader.consent_rows += [
        ConsentRow("p_1", "marketing", "sms", False, NOW, NOW, "twilio", "t_1", {"callback_id": "<SM1>"}),
        ConsentRow("p_1", "marketing", "", True, NOW - DAY, NOW, "segment", "e_2", stands=False),
    ]
    assert "consent?id=p_1" in app.client.get("/console/person?id=p_1").text
    text = app.client.get("/console/consent?id=p_1").text
    for part in (
        "withdrawn",
        "&lt;SM1&gt;",
        "granted",
        "every channel",
        "outweighed",
        "arrived",
        "event?id=t_1",
    ):
        assert part in text, part
    assert text.index("withdrawn") < text.index("granted")
    assert app.client.get("/console/consent?id=nobody").status_code == 404


def test_a_long_ledger_is_paged() -> None:
    """Sixty to a page."""
    app = opened()
    app.reader.consent_rows += [
        ConsentRow("p_1", "marketing", "", True, NOW - number, NOW, "segment", "") for number in range(70)
    ]
    first = app.client.get("/console/consent?id=p_1").text
    found = re.search(r'href="(consent\?id=p_1&amp;cursor=60)"', first)
    assert found is not None
    assert "That is all." in app.client.get("/console/" + found[1].replace("&amp;", "&")).text
