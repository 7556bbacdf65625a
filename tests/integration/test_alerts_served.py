"""Alerts of a running server: told once when something begins, once when it is over, whatever happens between."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from edge.described import check
from embedded.alerting import Server
from embedded.hook import hooks

from core.ports import Reader
from core.store.database import FILE
from core.store.reader import EmbeddedReader
from cuewire.sandbox import Sandbox

ROOT = Path(__file__).parents[2]

Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run a server with somebody to tell."""
    with Sandbox() as fakes, hooks(2) as (chat, pager):
        made = Server(tmp_path, fakes, chat, pager)
        try:
            yield made
        finally:
            made.runtime.stop()


PAUSED = ("opened", "paused", "braze")
OVER = ("cleared", "paused", "braze")


def test_a_right_that_is_missing_is_told_too(server: Server, wait_until: Wait) -> None:
    """The destination is not left alone, only what our key may not do."""
    server.fault(vendor="braze", status=403, times=1000)
    server.buy()
    wait_until(lambda: server.runtime.dispatcher.metrics()["destinations"]["braze"]["needs_operator"])
    server.look()
    server.look()
    wait_until(server.told(1))
    assert server.pager.heard() == [PAUSED]
    (alert,) = server.get("/api/alerts")["alerts"]
    assert "track_event: Braze answered 403" in alert["reason"]


def test_a_paused_destination_is_told_once_and_cleared_once(server: Server, wait_until: Wait) -> None:
    """Braze refuses our key, over a restart too; with the right key the first delivery clears it."""
    server.fault(vendor="braze", status=401, times=1000)
    server.buy()
    wait_until(lambda: server.runtime.dispatcher.metrics()["destinations"]["braze"]["breaker"] == "open")
    server.look()
    server.look()
    wait_until(server.told(1))
    assert server.pager.heard() == [PAUSED]
    (alert,) = server.get("/api/alerts")["alerts"]
    assert "401" in alert["reason"] and "CUEWIRE_BRAZE_API_KEY" in alert["reason"]
    assert 'cuewire_alerts_open{kind="paused"} 1.0' in server.metrics()

    server.runtime.stop()
    server.started()
    server.look()
    assert server.get("/api/alerts?status=open")["alerts"] == [alert]

    server.fault()
    server.clock.ahead += 3_600_000
    server.runtime.dispatcher.notify()
    wait_until(lambda: server.runtime.store.read.counts().get("deliveries.delivered", 0) == 1)
    server.look()
    server.look()
    wait_until(server.told(2))
    assert server.pager.heard() == [PAUSED, OVER]
    assert [one["text"].splitlines()[0] for one in server.chat.taken] == [
        "*Cuewire: destination braze is paused*",
        "*Cuewire: over: destination braze is paused*",
    ]
    assert server.mails() == [
        ("ops@example.com", "Cuewire: destination braze is paused"),
        ("ops@example.com", "Cuewire: over: destination braze is paused"),
    ]
    assert server.pager.keys == [f"{alert['id']}-opened", f"{alert['id']}-cleared"]
    found = server.get("/api/alerts")
    check("Alerts", found)
    assert [one["status"] for one in found["alerts"][0]["told"]] == ["told"] * 6
    assert 'cuewire_alerts_open{kind="paused"} 0.0' in server.metrics()


def test_deliveries_that_wait_for_credentials_are_told(server: Server, wait_until: Wait) -> None:
    """And are cleared by the first that arrives after the start with them."""
    server.runtime.stop()
    server.started(CUEWIRE_BRAZE_API_KEY="")
    server.look()
    assert server.get("/api/alerts")["alerts"] == []
    server.buy()
    server.look()
    wait_until(server.told(1))
    assert server.pager.taken[0]["reason"] == "deliveries wait: CUEWIRE_BRAZE_API_KEY is not set"
    server.runtime.stop()
    server.started()
    wait_until(lambda: server.runtime.store.read.counts().get("deliveries.delivered", 0) == 1)
    server.look()
    wait_until(server.told(2))
    assert server.pager.heard() == [PAUSED, OVER]


def test_the_guard_tells_the_owner_of_the_trigger_as_well(server: Server, wait_until: Wait) -> None:
    """Paused by its fourth firing, and over when somebody lets it go on."""
    for _ in range(4):
        server.buy()
    server.look()
    wait_until(server.told(1))
    assert server.pager.heard() == [("opened", "paused", "bought")]
    assert "the guard allows 3 per 1h" in server.pager.taken[0]["reason"]
    server.runtime.control.resume("bought")
    server.look()
    wait_until(server.told(2))
    subjects = ["Cuewire: trigger bought is paused", "Cuewire: over: trigger bought is paused"]
    assert sorted(server.mails()) == sorted(
        (to, subject) for to in ("ops@example.com", "owner@example.com") for subject in subjects
    )


def test_a_recipient_that_is_down_is_told_later_in_order_and_holds_nobody_up(
    server: Server, wait_until: Wait
) -> None:
    """The failure is in the alert's record and in the metrics; what began comes before what is over."""
    server.pager.status = 503
    server.runtime.control.stop("wrong price")
    server.look()
    read = server.runtime.store.read
    # Told, and known to be told.
    wait_until(lambda: server.pager.refused >= 2 and known(read) == ["told", "told", "waiting"])
    assert len(server.chat.taken) == 1
    assert "cuewire_alerts_untold 1.0" in server.metrics()
    told = {one["to"]: one for one in server.get("/api/alerts")["alerts"][0]["told"]}
    assert told["slack:CHAT_URL"]["status"] == "told"
    assert told["webhook:PAGER_URL"]["status"] == "waiting"
    assert "503" in told["webhook:PAGER_URL"]["reason"]
    assert server.pager.url not in str(told)
    server.runtime.control.go_on()
    server.look()
    server.pager.status = 200
    server.clock.ahead += 900_000
    server.runtime.alerting.speaker.wake()
    wait_until(server.told(2))
    assert server.pager.heard() == [("opened", "paused", "sends"), ("cleared", "paused", "sends")]
    assert "cuewire_alerts_untold 0.0" in server.metrics()


def test_no_mode_keeps_alerts_back(server: Server, wait_until: Wait) -> None:
    """In redirect mode messages to people go to the test recipients; whoever runs the server is told all the same."""
    server.runtime.stop()
    server.started(CUEWIRE_MODE="redirect", CUEWIRE_TEST_RECIPIENTS="test@example.com")
    server.runtime.control.stop("")
    server.look()
    wait_until(server.told(1))
    assert server.mails() == [("ops@example.com", "Cuewire (redirect mode): all sends are stopped")]


CHILD = """
import json, sys
from pathlib import Path
from core.store.database import FILE
from core.store.reader import EmbeddedReader
from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import Runtime
folder, environment = Path(sys.argv[1]), json.loads(sys.argv[2])
runtime = Runtime(Settings.read(environment), folder / "mappings", folder / "data", SystemClock())
runtime.start()
runtime.control.stop("for the test")
runtime.alerting.watch.look()
sys.stdin.read()
"""


def known(reader: Reader) -> list[str]:
    """Give how each message of the one alert stands."""
    return sorted(one.status for row in reader.alerts("open", 1) for one in row.tellings)


def test_a_kill_loses_no_alert_and_repeats_none(server: Server, wait_until: Wait) -> None:
    """The process is killed while one recipient has heard and the other could not be reached."""
    server.runtime.stop()
    server.pager.status = 500
    arguments = [
        sys.executable,
        "-c",
        CHILD,
        str(server.folder),
        msgspec.json.encode(server.environment).decode(),
    ]
    reader = EmbeddedReader(server.folder / "data" / FILE)
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as child:
        # Only then is a kill harmless: told, and known to be told.
        wait_until(lambda: known(reader) == ["told", "told", "waiting"] and server.pager.refused > 0)
        child.send_signal(signal.SIGKILL)
    reader.close()
    server.pager.status = 200
    server.clock.ahead += 900_000
    server.started()
    server.look()
    wait_until(server.told(1))
    server.runtime.control.go_on()
    server.look()
    wait_until(server.told(2))
    assert server.pager.heard() == [("opened", "paused", "sends"), ("cleared", "paused", "sends")]
    assert len(server.mails()) == 2
    assert len(server.chat.taken) == 2
