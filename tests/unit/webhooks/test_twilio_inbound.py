"""What people answer to a message: which words count, whose number it is, and who may say so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from edge.doubles import API_KEY, AUTH_TOKEN, BEARER, PUBLIC_URL, StillClock, rules
from edge.reader import MemoryReader
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from core.errors import Busy
from core.pipeline.consenting import Heard, Stated
from core.secret import Secret
from webhooks.api.port import Compiled, NoConsents
from webhooks.app import create_app
from webhooks.callbacks.keywords import HELP, START, STOP, meaning, plain
from webhooks.callbacks.twilio.word import EMPTY
from webhooks.services import Services

PATH = "/callbacks/twilio/inbound"
TOKENS = {"twilio": AUTH_TOKEN, "twilio_eu": "token-of-europe"}
SENT = {"MessageSid": "SM1", "From": "+4915112345678", "To": "+4915100000000", "Body": "STOP"}


@dataclass
class Ears:
    """Keeps what was heard."""

    heard: list[Heard] = field(default_factory=list)

    def hear(self, heard: Heard) -> int:
        """Keep it."""
        self.heard.append(heard)
        return 1

    def state(self, stated: Stated) -> str:
        """Refuse: no test here states anything."""
        raise AssertionError(stated)


def served(ears: Any) -> FlaskClient:
    """Serve the app with these ears."""
    services = Services(
        clock=StillClock(),
        intake=None,  # type: ignore[arg-type]  # nothing here takes events
        reader=MemoryReader(),
        triggers=None,  # type: ignore[arg-type]  # nothing here fires
        settle=lambda *_: True,
        rules=rules,
        api_keys=Secret(API_KEY),
        secrets=lambda instance, name: Secret(TOKENS.get(instance, "") if name == "auth_token" else ""),
        public_url=PUBLIC_URL,
        gauges=dict,
        readiness=list,
        compile=lambda files: Compiled(rules(), ()),
        to_fill=lambda: 0,
        consents=ears,
    )
    return create_app(services).test_client()


def post(client: FlaskClient, params: dict[str, str], *, query: str = "", token: str = AUTH_TOKEN) -> Any:
    """Answer as Twilio passes it on."""
    address = PATH + query
    signature = RequestValidator(token).compute_signature(PUBLIC_URL + address, params)
    return client.post(
        address,
        data=urlencode(params),
        headers={"X-Twilio-Signature": signature},
        content_type="application/x-www-form-urlencoded",
    )


def test_a_stop_is_handed_over_with_its_evidence() -> None:
    """The number speaks for SMS; the reply is empty, since Twilio has sent its own."""
    ears = Ears()
    answer = post(served(ears), SENT)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, EMPTY, "text/xml")
    (heard,) = ears.heard
    assert (heard.id, heard.source, heard.number, heard.granted) == ("SM1", "twilio", SENT["From"], False)
    assert heard.channels == ("sms",)
    assert heard.evidence == {"callback_id": "SM1", "answer": "STOP", "to": SENT["To"]}
    assert b"Body=STOP" in heard.raw


@pytest.mark.parametrize(
    ("body", "granted", "channels"),
    [("STOP", False, ("sms", "whatsapp")), ("START", True, ("whatsapp",))],
)
def test_a_no_by_whatsapp_is_meant_for_sms_too_and_a_yes_is_not(
    body: str, granted: bool, channels: tuple[str, ...]
) -> None:
    """Whoever wants no more is believed widely, who wants to be written to only for where they said it."""
    ears = Ears()
    post(served(ears), SENT | {"From": f"whatsapp:{SENT['From']}", "Body": body})
    (heard,) = ears.heard
    assert (heard.number, heard.granted, heard.channels) == (SENT["From"], granted, channels)


@pytest.mark.parametrize("word", sorted(STOP))
@pytest.mark.parametrize("spelling", ["{}", "{} ", "{}.", "„{}“", "\t{}!\r\n"])
def test_every_word_for_stop_stops_in_every_spelling(word: str, spelling: str) -> None:
    """Capitals, spaces and what stands around it make no difference."""
    for written in (word, word.lower(), word.capitalize()):
        assert meaning(spelling.format(written)) == "STOP"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("Arrêt", "STOP"),
        ("désabonner", "STOP"),
        ("Aufhören", "STOP"),
        ("stop   all", "STOP"),
        ("¡Alto!", "STOP"),
        ("Sí", "START"),
        ("début", "START"),
        ("Ja!", "START"),
        ("unstop", "START"),
        ("Hilfe?", "HELP"),
        ("aide", "HELP"),
        ("INFO", "HELP"),
        ("Stop please", ""),
        ("please stop", ""),
        ("non-stop", ""),
        ("STOP1", ""),
        ("", ""),
        ("👍", ""),
    ],
)
def test_a_whole_answer_counts_and_a_word_in_a_sentence_does_not(body: str, told: str) -> None:
    """Accents may be left out, and are."""
    assert meaning(body) == told


@pytest.mark.parametrize("vendor", ["STOP", "START", "HELP"])
def test_the_vendors_own_reading_is_believed(vendor: str) -> None:
    """With Advanced Opt-Out the words are the account's own."""
    assert meaning("Schluss jetzt", vendor) == vendor
    assert meaning("stop", "NEWS") == "STOP"


def test_no_word_means_two_things() -> None:
    """The lists are apart, and written as they are compared."""
    assert not STOP & START
    assert not (STOP | START) & HELP
    assert all(plain(word) == word for word in STOP | START | HELP)


@pytest.mark.parametrize("body", ["HELP", "Thank you", "", "yes please"])
def test_other_answers_change_nothing(body: str) -> None:
    """They are taken with an empty reply."""
    ears = Ears()
    assert post(served(ears), SENT | {"Body": body}).status_code == 200
    assert not ears.heard


def test_another_account_is_named_by_the_address_and_signs_with_its_own_token() -> None:
    """The address is part of what is signed."""
    ears = Ears()
    client = served(ears)
    assert post(client, SENT, query="?destination=twilio_eu").status_code == 401
    assert post(client, SENT, query="?destination=twilio_eu", token="token-of-europe").status_code == 200
    assert post(client, SENT, query="?destination=hubspot", token="").status_code == 401
    assert [one.source for one in ears.heard] == ["twilio_eu"]


@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": "x"}, BEARER])
def test_a_stranger_is_refused(headers: dict[str, str]) -> None:
    """Nobody else may speak for a number."""
    ears = Ears()
    answer = served(ears).post(
        PATH, data=urlencode(SENT), headers=headers, content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status_code, ears.heard) == (401, [])


def test_a_message_without_an_id_is_known_by_its_bytes() -> None:
    """A repeat is the same message still."""
    ears = Ears()
    client = served(ears)
    bare = {name: value for name, value in SENT.items() if name != "MessageSid"}
    for _ in range(2):
        post(client, bare)
    first, second = ears.heard
    assert first.id == second.id
    assert first.id


def test_what_cannot_be_stored_is_not_taken() -> None:
    """Twilio comes again."""
    assert post(served(NoConsents()), SENT).status_code == 503
    with pytest.raises(Busy):
        NoConsents().state(Stated({}, "marketing", "", granted=True, evidence={}, raw=b""))
