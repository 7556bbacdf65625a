"""Settings come from the environment alone, and everything wrong with them is said at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.errors import OperatorError
from cuewire.settings import MADE_FOR_SANDBOX, PRINTED, SHORTEST, Settings

ROOT = Path(__file__).parents[3]
LONG, OTHER = "k" * 32, "s" * 32
OWN = {"CUEWIRE_API_KEY": LONG, "CUEWIRE_SECRET_KEY": OTHER}


def refused(env: dict[str, str], *, sandbox: bool = False) -> str:
    """Read an environment that must be refused, and give the words."""
    with pytest.raises(OperatorError) as caught:
        Settings.read(env, sandbox=sandbox)
    return caught.value.message


def test_a_complete_environment_is_read() -> None:
    """Values are trimmed, lists are split, and what is unset has its default."""
    settings = Settings.read(
        OWN
        | {
            "CUEWIRE_PUBLIC_URL": " https://a.example/base/ ",
            "CUEWIRE_INSECURE_HOSTS": "crm, db ,",
            "HOME": "/root",
        }
    )
    assert settings.api_keys.accepted() == (LONG,)
    assert settings.secret_keys.reveal() == OTHER
    assert settings.public_url == "https://a.example/base"
    assert settings.mode == "live"
    assert settings.insecure_hosts == {"crm", "db"}
    assert settings.made == {}
    assert Settings.read(OWN).public_url == ""


def test_everything_wrong_is_named_at_once() -> None:
    """One start shows all there is to mend."""
    words = refused(
        {
            "CUEWIRE_SECRET_KEY": "short",
            "CUEWIRE_PUBLIC_URL": "cuewire.example.com",
            "CUEWIRE_MODE": "dry",
            "CUEWIRE_SEGMENT_WRITE_KEY_FILE": "/nowhere/at/all",
        }
    )
    for name in (
        "API_KEY is not set",
        "SECRET_KEY is shorter",
        "PUBLIC_URL",
        "MODE",
        "SEGMENT_WRITE_KEY_FILE",
    ):
        assert f"CUEWIRE_{name}" in words
    assert "short" not in words.replace("shorter", "")


@pytest.mark.parametrize("name", ["API_KEY", "SECRET_KEY"])
@pytest.mark.parametrize("value", ["", "   ", ",", "x" * (SHORTEST - 1), f"{LONG},x", *sorted(PRINTED)])
def test_an_own_secret_must_be_there_and_long_and_secret(name: str, value: str) -> None:
    """Both values of a rotation are judged."""
    assert f"CUEWIRE_{name}" in refused(OWN | {f"CUEWIRE_{name}": value})


def test_a_key_may_be_rotated() -> None:
    """Two values, comma-separated, are both good."""
    assert Settings.read(OWN | {"CUEWIRE_API_KEY": f"{LONG}, {OTHER}"}).api_keys.accepted() == (LONG, OTHER)


def test_every_secret_that_the_docs_print_is_refused() -> None:
    """No value can be pasted from a page and work."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("compose*.yaml")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages if page.exists())
    for literal in re.findall(r"CUEWIRE_(?:API_KEY|SECRET_KEY)[=:]\s*[\"']?([^\s\"'`]+)", text):
        assert literal in PRINTED or len(literal) < SHORTEST or literal.startswith("$")


@pytest.mark.parametrize(
    "value",
    [
        "ftp://a.example",
        "https://",
        "https://a.example?x=1",
        "https://u:p@a.example",
        "https://a:port",
        "https://a.example#x",
        "http://[::1",
    ],
)
def test_a_public_address_must_be_one(value: str) -> None:
    """Signatures are checked over it, to the letter."""
    assert "CUEWIRE_PUBLIC_URL" in refused(OWN | {"CUEWIRE_PUBLIC_URL": value})


def test_the_mode_is_one_of_three() -> None:
    """Another word, and a redirect without anybody to redirect to, are refused."""
    assert Settings.read(OWN | {"CUEWIRE_MODE": "shadow"}).mode == "shadow"
    assert "CUEWIRE_TEST_RECIPIENTS" in refused(OWN | {"CUEWIRE_MODE": "redirect"})
    assert "live, shadow, redirect" in refused(OWN | {"CUEWIRE_MODE": "Live"})


def test_test_recipients_are_sorted_by_what_they_are() -> None:
    """Phones are written as vendors want them; what is neither phone nor e-mail is named by its place."""
    env = OWN | {"CUEWIRE_MODE": "redirect", "CUEWIRE_TEST_RECIPIENTS": "+1 (415) 555-0100, qa@example.com"}
    settings = Settings.read(env)
    assert settings.test_recipients == {"phone": ("+14155550100",), "email": ("qa@example.com",)}
    assert "+1415" not in repr(settings)
    assert "number 2" in refused(OWN | {"CUEWIRE_TEST_RECIPIENTS": "qa@example.com, somebody"})


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """Its line end is not part of it."""
    path = tmp_path / "key"
    path.write_text(f"{LONG}\n")
    settings = Settings.read({"CUEWIRE_API_KEY_FILE": str(path), "CUEWIRE_SECRET_KEY": OTHER})
    assert settings.api_keys.reveal() == LONG


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xff"])
def test_a_file_that_says_nothing_is_named(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty and unreadable files are problems, not empty secrets."""
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    assert "CUEWIRE_TWILIO_AUTH_TOKEN_FILE" in refused(OWN | {"CUEWIRE_TWILIO_AUTH_TOKEN_FILE": str(path)})


def test_a_setting_and_its_file_contradict_each_other(tmp_path: Path) -> None:
    """Nobody should have to know which one wins."""
    path = tmp_path / "key"
    path.write_text(OTHER)
    assert "both set" in refused(OWN | {"CUEWIRE_API_KEY_FILE": str(path)})


def test_instances_have_their_own_settings() -> None:
    """By the instance's name, in lower case without it; vendors' secrets may have any length."""
    settings = Settings.read(
        OWN
        | {
            "CUEWIRE_SEGMENT_WRITE_KEY": "w1, w2",
            "CUEWIRE_SEGMENT_EU_SHARED_SECRET": "s",
            "CUEWIRE_TWILIO_AUTH_TOKEN": "t",
            "CUEWIRE_TWILIO_BASE_URL": "http://127.0.0.1:1",
        }
    )
    assert settings.source("segment")["write_key"].accepted() == ("w1", "w2")
    assert settings.source("segment_eu")["shared_secret"].reveal() == "s"
    assert settings.destination("twilio") == {"auth_token": "t", "base_url": "http://127.0.0.1:1"}
    assert settings.secrets("segment-eu", "shared_secret").reveal() == "s"
    assert not settings.secrets("segment", "shared_secret")
    assert settings.destination("braze") == {}


def test_a_sandbox_makes_what_is_missing() -> None:
    """Fresh each time, long enough, and told by their whole names."""
    first, second = (Settings.read({}, sandbox=True) for _ in range(2))
    assert set(first.made) == {f"CUEWIRE_{name}" for name in MADE_FOR_SANDBOX}
    assert not set(first.made.values()) & set(second.made.values())
    assert first.api_keys.reveal() == first.made["CUEWIRE_API_KEY"]
    assert first.secrets("segment", "write_key").reveal() == first.made["CUEWIRE_SEGMENT_WRITE_KEY"]


def test_what_a_sandbox_made_is_read_back() -> None:
    """The serving process reads what the supervisor made, and makes nothing again."""
    first = Settings.read({}, sandbox=True)
    again = Settings.read(first.made, sandbox=True)
    assert (again.api_keys, again.made) == (first.api_keys, {})


def test_a_sandbox_keeps_what_is_set() -> None:
    """And judges it as always."""
    settings = Settings.read(OWN, sandbox=True)
    assert settings.api_keys.reveal() == LONG
    assert "CUEWIRE_API_KEY" not in settings.made
    assert "CUEWIRE_API_KEY" in refused({"CUEWIRE_API_KEY": "short"}, sandbox=True)


def test_defaults_stand_where_the_environment_is_silent() -> None:
    """What is set wins over what the caller proposes."""
    defaults = {"CUEWIRE_TWILIO_BASE_URL": "http://127.0.0.1:1", "CUEWIRE_API_KEY": OTHER}
    settings = Settings.read(OWN, defaults=defaults)
    assert settings.destination("twilio")["base_url"] == "http://127.0.0.1:1"
    assert settings.api_keys.reveal() == LONG


def test_settings_do_not_print_secrets() -> None:
    """Not even by accident in a log."""
    settings = Settings.read(OWN | {"CUEWIRE_SEGMENT_WRITE_KEY": "wk-secret"}, sandbox=True)
    shown = repr(settings) + str(settings)
    assert not [value for value in (LONG, OTHER, "wk-secret", *settings.made.values()) if value in shown]
