"""Messages of a rehearsal are judged when they are due, as live: caps, quiet hours, consent, exits, validity."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.engine.digest import stop_id
from core.engine.event import ConsentStatement, Event, Identifier
from core.engine.instant import iso, parse_time
from core.engine.stops import is_stop
from core.ports import DeliveryRow
from core.runners.rehearsal import Rehearsal
from cuewire.wiring import load_mappings

MINUTE = 60_000

#: Eleven at night in Berlin.
NIGHT = parse_time("2026-03-02T22:00:00Z") or 0
MORNING = "2026-03-03T07:00:00.000Z"

QUIET = "quiet_hours: {from: 21:00, to: 08:00, otherwise: Europe/Berlin}\n"
MESSAGE = """\
message: hello
purpose: {purpose}
valid_for: {valid_for}
channels: {{sms: {{via: twilio.send_message, to: "+4915112345678", body: Hello}}}}
"""
TRIGGER = "trigger: t\nstatus: live\nwhen: {event: Asked}\nexit_on: [Answered]\ndo: [send: hello]\n"


class Told:
    """A rehearsal of one trigger with one message, told minute by minute."""

    def __init__(
        self, folder: Path, policy: str, *, purpose: str = "marketing", valid_for: str = "24h"
    ) -> None:
        for name, text in (
            ("policy.yaml", policy),
            ("triggers/t.yaml", TRIGGER),
            ("messages/hello.yaml", MESSAGE.format(purpose=purpose, valid_for=valid_for)),
        ):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        loaded = load_mappings(folder)
        assert loaded.rules is not None, loaded.problems
        self.rehearsal = Rehearsal(loaded.rules, NIGHT)
        self.count = 0
        self.hear("Met", 0, granted=True)

    def hear(self, name: str, at: int, *, granted: bool | None = None) -> None:
        """Let an event arrive so many minutes after eleven, with a word on consent where one is given."""
        self.count += 1
        time = NIGHT + at * MINUTE
        data = {"type": "track", "event": name, "messageId": f"m{self.count}", "properties": {}}
        consent = () if granted is None else (ConsentStatement("marketing", "", granted),)
        person = (Identifier("user_id", "ada"),)
        self.rehearsal.accept(
            Event(f"m{self.count}", 0, "segment", "track", name, time, time, data, person, consent=consent)
        )

    def rows(self) -> list[DeliveryRow]:
        """Let everything come to its end, and give what was to be sent."""
        self.rehearsal.finish()
        return self.rehearsal.deliveries

    def stops(self) -> list[tuple[str, object, object, str, str]]:
        """Give the decisions on what was stopped: gate, what was seen and needed, event and id."""
        found = [one for one in self.rehearsal.decisions if is_stop(one)]
        assert all((one.trigger, one.key, bool(one.version)) == ("t", None, True) for one in found)
        reasons = [(one, one.reasons[0]) for one in found]
        return [(why.gate, why.saw, why.needed, one.event_id, one.id) for one, why in reasons]

    def ends(self) -> list[tuple[str, str]]:
        """Give how each delivery ended, and when it was due."""
        return [(row.status, iso(row.due_at)) for row in self.rows()]


def test_quiet_hours_let_a_message_leave_in_the_morning(tmp_path: Path) -> None:
    """Its due is the free moment."""
    told = Told(tmp_path, QUIET)
    told.hear("Asked", 1)
    assert told.rehearsal.deliveries[0].status == "scheduled"
    assert told.ends() == [("delivered", MORNING)]
    assert iso(told.rehearsal.now()) == MORNING


def test_what_asked_for_passes_quiet_hours(tmp_path: Path) -> None:
    """Transactional messages leave by night."""
    told = Told(tmp_path, QUIET, purpose="transactional")
    told.hear("Asked", 1)
    assert told.ends() == [("delivered", iso(NIGHT + MINUTE))]


def test_a_withdrawal_over_night_stops_what_waits(tmp_path: Path) -> None:
    """Consent is asked again when it is due."""
    told = Told(tmp_path, QUIET)
    told.hear("Asked", 1)
    told.hear("Met", 60, granted=False)
    (row,) = told.rows()
    assert (row.status, row.reason) == ("suppressed", "consent: marketing by sms: withdrawn")
    assert told.stops() == [("consent", "withdrawn", "granted consent", "m2", stop_id(row.id, row.due_at))]
    assert iso(told.rehearsal.decisions[-1].at) == MORNING


@pytest.mark.parametrize(
    ("minutes", "end"),
    [(539, "cancelled"), (540, "cancelled"), (541, "delivered")],
    ids=["before", "at", "after"],
)
def test_an_exit_event_up_to_the_free_moment_takes_a_message_back(
    tmp_path: Path, minutes: int, end: str
) -> None:
    """Until it has left: the moment itself still counts."""
    told = Told(tmp_path, QUIET)
    told.hear("Asked", 1)
    told.hear("Answered", minutes)
    (row,) = told.rows()
    assert row.status == end
    assert ("Answered" in row.reason) == (end == "cancelled")


def test_a_message_that_the_night_outlasts_expires_at_once(tmp_path: Path) -> None:
    """Both times are named."""
    told = Told(tmp_path, QUIET, valid_for="6h")
    told.hear("Asked", 1)
    (row,) = told.rehearsal.deliveries
    assert row.status == "expired"
    assert row.reason == f"valid until {iso(NIGHT + 361 * MINUTE)}, and not free before {MORNING}"
    held = f"quiet in Europe/Berlin, held until {MORNING}"
    needed = f"free by {iso(NIGHT + 361 * MINUTE)}"
    assert told.stops() == [("quiet_hours", held, needed, "m2", stop_id(row.id, row.due_at))]


def test_a_cap_drops_what_is_too_much(tmp_path: Path) -> None:
    """The third within a day is not sent, and says so; a day later there is room."""
    told = Told(tmp_path, "caps: [{channel: sms, times: 2, per: 1d}]\n")
    for minutes in (1, 2, 3, 1441, 1442):
        told.hear("Asked", minutes)
    told.rehearsal.finish()
    sent = [row.due_at for row in told.rows() if row.status == "delivered"]
    assert [(at - NIGHT) // MINUTE for at in sent] == [1, 2, 1442]
    outcomes = [one.outcome for one in told.rehearsal.decisions if one.trigger == "t"]
    assert outcomes == ["fired", "fired", "suppressed", "suppressed", "fired"]


def test_a_cap_that_holds_lets_each_leave_when_there_is_room(tmp_path: Path) -> None:
    """None is lost, and no window holds too many."""
    told = Told(tmp_path, "caps: [{all: true, times: 1, per: 1h, over: hold}]\n")
    for minutes in (1, 2, 3):
        told.hear("Asked", minutes)
    assert [status for status, _ in told.ends()] == ["delivered"] * 3
    times = [row.due_at for row in told.rows()]
    hour = 60 * MINUTE + 1
    assert times == [NIGHT + MINUTE, NIGHT + MINUTE + hour, NIGHT + MINUTE + 2 * hour]


def test_messages_held_over_night_meet_the_cap_when_they_leave(tmp_path: Path) -> None:
    """Each was within the cap when it was decided: nothing had left yet."""
    told = Told(tmp_path, QUIET + "caps: [{channel: sms, times: 1, per: 1d}]\n")
    for minutes in (1, 2, 3):
        told.hear("Asked", minutes)
    assert [one.outcome for one in told.rehearsal.decisions if one.trigger == "t"] == ["fired"] * 3
    assert told.ends() == [("delivered", MORNING), ("suppressed", MORNING), ("suppressed", MORNING)]
    assert {row.reason for row in told.rows()[1:]} == {"caps: cap sms 1 per 1d, saw 2"}
    assert [stop[:4] for stop in told.stops()] == [("caps", 2, "at most 1", event) for event in ("m3", "m4")]
