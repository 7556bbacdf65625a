"""What every destination gets from its base: settings, addresses, refusals, and never an exception."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import connectors
from connectors.base import Destination, action
from core.errors import OperatorError
from core.ports import Delivered, DeliveryRow, FieldSpec, Outcome, Rejected, Repeats, RetryLater, Unknown
from core.secret import Secret

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)

#: Every field that an action of any destination names.
FIELDS = sorted(
    {
        field.name
        for spec in connectors.catalogue().values()
        for one in spec.actions.values()
        for field in one.fields
    }
)


class Odd(Destination):
    """A vendor whose library raises whatever it likes."""

    title = "Odd"

    @dataclass(frozen=True)
    class Settings:
        token: Secret  #: A token.
        base_url: str = "https://odd.example.com"  #: Where it is.

    raised: Exception | None = None
    starts = True
    calls: list[list[str]]

    def connect(self) -> None:
        """Start, or not."""
        self.calls = []
        if not self.starts:
            raise RuntimeError("no library for secret-token")

    @action(repeats=Repeats.AT_MOST_ONCE, fields=[FieldSpec("name", "A name.")], requires=["name"], batch=2)
    def once(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Do it once."""
        self.calls.append([delivery.id for delivery in batch])
        if self.raised:
            raise self.raised
        return [Delivered(delivery.id) for delivery in batch]

    @action(repeats=Repeats.KEYED, fields=[])
    def keyed(self, batch: Sequence[DeliveryRow]) -> list[Outcome]:
        """Do it by key."""
        return self.once(batch)


def odd(raised: Exception | None = None, *, starts: bool = True) -> Odd:
    """Make the odd destination."""
    made = Odd("odd", {"token": "secret-token"})
    made.raised, made.starts = raised, starts
    return made


def row(identifier: str = "d1", *, kind: str = "once", fields: dict[str, Any] | None = None) -> DeliveryRow:
    """Make a delivery."""
    return DeliveryRow(
        id=identifier,
        decision_id="x",
        trigger="t",
        step=0,
        destination="odd",
        action=kind,
        fields={"name": "n"} if fields is None else fields,
        profile_id="p",
        status="sending",
        due_at=0,
        created_at=0,
    )


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("x"), OSError("x"), ValueError("x")])
def test_a_surprise_is_unknown_where_a_second_send_could_double(error: Exception) -> None:
    """The request may have left before the library stumbled."""
    (outcome,) = odd(error).send("once", [row()])
    assert isinstance(outcome, Unknown)


def test_a_surprise_is_retried_where_a_second_send_is_harmless() -> None:
    """The vendor honours our key."""
    (outcome,) = odd(RuntimeError()).send("keyed", [row(kind="keyed")])
    assert isinstance(outcome, RetryLater)


def test_a_library_that_cannot_start_has_sent_nothing() -> None:
    """It may be tried again, and the next send starts it anew; no secret shows."""
    destination = odd(starts=False)
    assert destination.send("once", [row()]) == [RetryLater("Odd cannot start: no library for ***")]
    destination.starts = True
    assert destination.send("once", [row()]) == [Delivered("d1")]


def test_a_batch_is_cut_to_the_actions_size_and_answers_keep_their_order() -> None:
    """What is refused before sending keeps its place too."""
    destination = odd()
    rows = [row("d1"), row("d2", fields={}), row("d3"), row("d4"), row("d5", fields={"name": ""})]
    missing = Rejected("the field name is missing")
    assert destination.send("once", rows) == [
        Delivered("d1"),
        missing,
        Delivered("d3"),
        Delivered("d4"),
        missing,
    ]
    assert destination.calls == [["d1", "d3"], ["d4"]]


def test_an_action_that_does_not_exist_is_refused() -> None:
    """A delivery may outlive the action it was made for."""
    assert odd().send("twice", [row()]) == [Rejected("Odd has no action twice")]


def test_a_long_reason_is_cut_only_after_secrets_are_taken_out() -> None:
    """Half a secret is a secret."""
    destination = odd()
    destination.read_error = lambda _error: Rejected("x" * 294 + "secret-token" + "y" * 99)  # type: ignore[method-assign]
    destination.raised = RuntimeError()
    (outcome,) = destination.send("once", [row()])
    assert outcome.reason == "x" * 294 + "***yyy"


@pytest.mark.parametrize("kind", sorted(connectors.catalogue()))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    fields=st.dictionaries(
        st.sampled_from(FIELDS),
        JSON,
    )
)
def test_no_fields_make_an_adapter_raise(kind: str, fields: dict[str, Any]) -> None:
    """Whatever a formula gave, there is an outcome; nobody listens, so nothing is delivered."""
    values = {"account_sid": "AC1", "auth_token": "t", "from": "+15005550006", "api_key": "k"}
    values |= {"access_token": "t", "consumer_key": "k", "consumer_secret": "s", "domain": "acme.my"}
    fields = {"external_id_field": "Cuewire_Id__c", **fields}
    destination = connectors.build(kind, kind, {**values, "base_url": "http://127.0.0.1:9"})
    for name in destination.spec.actions:
        (outcome,) = destination.send(name, [row(kind=name, fields=fields)])
        assert isinstance(outcome, Rejected | RetryLater | Unknown)


def test_missing_settings_are_named_by_their_environment_variables() -> None:
    """An instance of its own has settings of its own."""
    destination = connectors.build("twilio_eu", "twilio", {"account_sid": "AC1", "auth_token": " , "})
    assert destination.missing_settings() == ["CUEWIRE_TWILIO_EU_AUTH_TOKEN", "CUEWIRE_TWILIO_EU_FROM"]
    assert connectors.build("slack-ops", "slack", {}).missing_settings() == ["CUEWIRE_SLACK_OPS_URL"]


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("https://eu.example.com/path", []),
        ("http://127.0.0.1:8080", []),
        ("http://localhost:1/braze", []),
        ("http://[::1]:1", []),
        ("http://sandbox:9000", ["sandbox"]),
    ],
)
def test_an_address_is_https_or_this_machine_or_named_insecure(address: str, hosts: list[str]) -> None:
    """These may be used."""
    connectors.build("braze", "braze", {"api_key": "k", "base_url": address}, insecure_hosts=frozenset(hosts))


@pytest.mark.parametrize(
    "address",
    [
        "http://eu.example.com",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "eu.example.com",
        "https://",
        "https://a@b",
        "https://b?c",
    ],
)
def test_any_other_address_is_refused_with_its_setting(address: str) -> None:
    """The operator reads which setting it is and what to do."""
    with pytest.raises(OperatorError, match="CUEWIRE_BRAZE_BASE_URL") as caught:
        connectors.build("braze", "braze", {"api_key": "k", "base_url": address})
    assert caught.value.hint


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    """A typo shows at once."""
    with pytest.raises(OperatorError, match="twillio") as caught:
        connectors.build("twilio", "twillio", {})
    assert "twilio" in caught.value.hint


def test_describing_all_destinations_loads_no_http_library_and_no_vendors() -> None:
    """``cuewire check`` must start fast."""
    program = (
        "import sys, connectors; connectors.catalogue();"
        "print({'requests', 'twilio', 'hubspot', 'simple_salesforce'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_secret_shows_itself_only_when_asked() -> None:
    """Neither print nor format nor a dataclass around it gives it away."""
    secret = Secret("new, old")
    assert f"{secret} {secret!r} {odd().settings}".count("***") == 3
    assert "secret-token" not in repr(odd().settings)
    assert (secret.reveal(), secret.accepted()) == ("new", ("new", "old"))
    assert (bool(secret), bool(Secret(" , "))) == (True, False)
    assert secret == Secret("new,old")
