"""The quickstart's message by day and by night: it arrives, or the reader is told plainly until when it waits."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cuewire.check import PRESETS
from cuewire.clock import SystemClock
from cuewire.explain import Options, lines_of, look_up
from cuewire.sandbox import Sandbox
from cuewire.settings import Settings
from cuewire.wiring import Runtime
from webhooks.signatures import hmac_hex

PAGE = (Path(__file__).parents[2] / "docs" / "quickstart.md").read_text()
KEY = "quickstart-" + "k" * 32
HOUR, DAY = 3_600_000, 86_400_000

#: Hours of UTC: ten or eleven in the evening in San Francisco, ten or eleven in the morning there.
NIGHT, MORNING = 6, 18

Wait = Callable[[Callable[[], bool]], None]


class SetClock(SystemClock):
    """The machine's clock, some hours ahead."""

    ahead = 0

    def now(self) -> int:
        """Give the time."""
        return super().now() + self.ahead

    def turn_to(self, hour: int) -> None:
        """Go ahead to the next time that this hour begins."""
        self.ahead += hour * HOUR - self.now() % DAY
        self.ahead += DAY if self.ahead < 0 else 0


class Reader:
    """Somebody who follows the page."""

    def __init__(self, folder: Path, fakes: Sandbox) -> None:
        self.folder, self.clock = folder, SetClock()
        mappings = Path(shutil.copytree(PRESETS, folder / "mappings"))
        trigger = mappings / "triggers" / "welcome.yaml"
        trigger.write_text(trigger.read_text().replace("status: shadow", "status: live"))
        environment = {
            "CUEWIRE_API_KEY": KEY,
            "CUEWIRE_SECRET_KEY": KEY,
            "CUEWIRE_SEGMENT_SHARED_SECRET": KEY,
            "CUEWIRE_TWILIO_FROM": "+15005550006",
            **fakes.settings.as_environment(fakes.url),
        }
        self.runtime = Runtime(Settings.read(environment), mappings, folder / "data", self.clock)

    def sends(self, **traits: str) -> None:
        """Send the page's event, with what the page says to add."""
        (shown,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
        call: dict[str, Any] = json.loads(shown)
        call["context"]["traits"] |= traits
        body = json.dumps(call)
        signature = hmac_hex("sha1", KEY, body.encode())
        client = self.runtime.app.test_client()
        assert (
            client.post("/webhooks/segment", data=body, headers={"X-Signature": signature}).status_code == 200
        )

    def explains(self) -> str:
        """Ask what came of it, as the page says."""
        assert "cuewire explain first-1\n" in PAGE
        story = look_up(Options("first-1", "", self.folder / "data"))
        assert story is not None
        return "\n".join(lines_of(story))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Serve with the sandbox."""
    with Sandbox() as fakes:
        made = Reader(tmp_path, fakes)
        made.runtime.start()
        try:
            yield made
        finally:
            made.runtime.stop()


def test_by_day_the_message_arrives(reader: Reader, wait_until: Wait) -> None:
    """As the page says: delivered."""
    reader.clock.turn_to(MORNING)
    reader.sends()
    wait_until(lambda: "twilio.send_message delivered" in reader.explains())


def test_by_night_the_reader_is_told_until_when_it_waits(reader: Reader, wait_until: Wait) -> None:
    """The line that the page quotes, the gate that it names, and the morning brings it."""
    reader.clock.turn_to(NIGHT)
    reader.sends()
    wait_until(lambda: "twilio.send_message scheduled, due " in reader.explains())
    assert re.search(
        r"quiet_hours.*\n +saw quiet in America/Los_Angeles, held until (\S+?);", reader.explains()
    )
    reader.clock.turn_to(MORNING)
    reader.runtime.dispatcher.notify()
    wait_until(lambda: "twilio.send_message delivered" in reader.explains())


def test_by_night_the_page_shows_how_to_see_it_at_once(reader: Reader, wait_until: Wait) -> None:
    """With the zone that the page names it arrives."""
    (zone,) = re.findall(r'`"timezone": "([^"]+)"`', PAGE)
    reader.clock.turn_to(NIGHT)
    reader.sends(timezone=zone)
    wait_until(lambda: "twilio.send_message delivered" in reader.explains())
