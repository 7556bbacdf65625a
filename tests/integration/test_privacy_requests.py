"""Requests of privacy against a running server: what a source passes on waits, is listed, fulfilled and closed."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from core.errors import OperatorError
from cuewire.cli import cli
from cuewire.clock import SystemClock
from cuewire.settings import Settings
from cuewire.wiring import Runtime
from webhooks.signatures import hmac_hex

KEY = "k" * 40
VALUE = "Bearer value-of-mparticle"
BASIC = {"Authorization": "Basic " + base64.b64encode(b"wk:").decode()}
ENVIRONMENT = {
    "CUEWIRE_API_KEY": KEY,
    "CUEWIRE_SECRET_KEY": KEY,
    "CUEWIRE_SEGMENT_WRITE_KEY": "wk",
    "CUEWIRE_SEGMENT_SHARED_SECRET": "shared",
    "CUEWIRE_MPARTICLE_AUTHORIZATION": VALUE,
}

NUMBERS = count()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the shipped sources over a real port; each test leaves no request open."""
    folder = tmp_path_factory.mktemp("privacy")
    (folder / "mappings").mkdir()
    runtime = Runtime(Settings.read(ENVIRONMENT), folder / "mappings", folder / "data", SystemClock())
    runtime.start()
    server = make_server("127.0.0.1", 0, runtime.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUEWIRE_API_KEY", KEY)
        yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    runtime.stop()


def run(*words: str, answer: str = "") -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["privacy", *words], input=answer)


def identify(url: str, user: str) -> None:
    """Let a person be known."""
    body = {"userId": user, "traits": {"email": f"{user}@example.com"}, "messageId": f"m-{next(NUMBERS)}"}
    assert requests.post(f"{url}/v1/identify", json=body, headers=BASIC, timeout=60).status_code == 200


def delete(url: str, user: str, message_id: str = "") -> None:
    """Pass a deletion on as Segment does, with its nulls and its odd time."""
    body = json.dumps(
        {
            "type": "delete",
            "userId": user,
            "messageId": message_id or f"delete-reg-{next(NUMBERS)}::job-2-p",
            "context": None,
            "integrations": None,
            "originalTimestamp": "2020-05-09 23:54:49.209808489 +0000 UTC m=+70366.29",
        }
    ).encode()
    headers = {"X-Signature": hmac_hex("sha1", "shared", body)}
    answer = requests.post(f"{url}/webhooks/segment", data=body, headers=headers, timeout=60)
    assert answer.status_code == 200


def ask_subject(url: str, kind: str, number: str, email: str) -> None:
    """Pass a data subject's request on as mParticle's Firehose does."""
    body = {
        "type": "dsr_processing_request",
        "id": f"m-{number}",
        "timestamp_ms": 1,
        "firehose_version": "3.2.0",
        "subject_request_id": number,
        "subject_request_type": kind,
        "subject_identities": {"email": {"value": email, "encoding": "raw"}},
        "regulation": "gdpr",
    }
    headers = {"Authorization": VALUE}
    answer = requests.post(f"{url}/webhooks/mparticle/firehose", json=body, headers=headers, timeout=60)
    assert answer.json()["type"] == "dsr_processing_response"


def listed(url: str, *words: str) -> list[dict[str, Any]]:
    """Give what the command lists."""
    found: list[dict[str, Any]] = json.loads(run("list", *words, "--url", url, "--json").stdout)["requests"]
    return found


def every(url: str) -> dict[str, dict[str, Any]]:
    """Give all requests by their ids, also those that are closed."""
    return {one["id"]: one for one in listed(url, "--all")}


def get(url: str, path: str) -> requests.Response:
    """Read from the API."""
    return requests.get(f"{url}{path}", headers={"Authorization": f"Bearer {KEY}"}, timeout=60)


def test_a_deletion_waits_is_fulfilled_and_leaves_nobody_behind(url: str) -> None:
    """The person stays until somebody says so; then they go, and the request forgets whom it was about."""
    identify(url, "grace-of-tests")
    delete(url, "grace-of-tests")
    (one,) = listed(url)
    assert (one["kind"], one["state"], one["source"], one["times"]) == ("erasure", "open", "segment", 1)
    assert one["identifiers"] == {"user_id": ["grace-of-tests"]}
    assert f"{one['id']}  erasure; from segment; since 20" in run("list", "--url", url).stdout
    assert get(url, "/api/profiles/user_id/grace-of-tests").status_code == 200
    assert run("erase", one["id"], "--url", url, answer="n\n").exit_code == 1
    done = run("erase", one["id"], "--yes", "--url", url)
    assert (done.exit_code, "closed: erased, receipt r_" in done.stdout) == (0, True)
    assert get(url, "/api/profiles/user_id/grace-of-tests").status_code == 404
    assert "grace-of-tests" not in get(url, "/api/events").text
    assert "grace-of-tests" not in json.dumps(listed(url, "--all"))
    assert listed(url) == []
    assert "no request of privacy waits" in run("list", "--url", url).stderr


def test_a_request_that_comes_again_is_the_same_and_opens_again(url: str) -> None:
    """A repeat under another message id counts; after the end it waits anew, and nobody may be there any more."""
    delete(url, "heddy", "m1")
    delete(url, "heddy", "m1")
    delete(url, "heddy", "m2")
    (one,) = listed(url)
    assert one["times"] == 2
    assert "came 2 times" in run("list", "--url", url).stdout
    run("close", one["id"], "--note", "seen to by hand", "--url", url)
    closed = every(url)[one["id"]]
    assert (closed["state"], closed["note"], closed["identifiers"]) == ("closed", "seen to by hand", {})
    assert closed["closed_at"] is not None
    delete(url, "heddy", "m3")
    (again,) = listed(url)
    assert (again["id"], again["identifiers"]) == (one["id"], {"user_id": ["heddy"]})
    assert "heddy" in get(url, "/api/events").text
    assert "nobody here has any of its identifiers" in run("erase", one["id"], "--yes", "--url", url).stdout
    assert "heddy" not in get(url, "/api/events").text


def test_only_a_request_to_erase_erases(url: str) -> None:
    """Access and portability are seen to by a person and closed with a note."""
    identify(url, "ada")
    ask_subject(url, "access", "s-1", "ada@example.com")
    (one,) = listed(url)
    assert (one["kind"], one["asked_as"], one["regulation"]) == ("access", "s-1", "gdpr")
    refused = run("erase", one["id"], "--yes", "--url", url)
    assert isinstance(refused.exception, OperatorError)
    assert "409: The request asks for access and not for erasure." in str(refused.exception)
    assert get(url, "/api/profiles/user_id/ada").status_code == 200
    assert run("close", one["id"], "--note", "sent the export", "--url", url).exit_code == 0
    assert "409: The request is closed already." in str(
        run("close", one["id"], "--note", "again", "--url", url).exception
    )


def test_an_erasure_closes_every_request_for_the_same_person(url: str) -> None:
    """Segment and mParticle may both have been asked; one receipt answers both."""
    identify(url, "bo")
    delete(url, "bo")
    ask_subject(url, "erasure", "s-2", "bo@example.com")
    first, second = listed(url)
    assert {first["source"], second["source"]} == {"mparticle", "segment"}
    done = json.loads(run("erase", first["id"], "--yes", "--json", "--url", url).stdout)
    assert listed(url) == []
    assert every(url)[second["id"]]["note"] == done["note"]
    assert get(url, "/api/profiles/email/bo@example.com").status_code == 404


REFUSED: list[tuple[str, Any, int, str | None]] = [
    ("q_nobody/erase", None, 404, None),
    ("q_nobody/close", {"note": "x"}, 404, None),
    ("q_nobody/close", {"note": " "}, 400, "note"),
    ("q_nobody/close", {"note": "x" * 201}, 400, "note"),
    ("q_nobody/close", {"note": 7}, 400, "note"),
    ("q_nobody/close", {"more": 7}, 400, "more"),
    ("q_nobody/erase?all=1", None, 400, "all"),
]


def test_what_cannot_be_done_is_refused(url: str) -> None:
    """By its field, whatever is wrong; and nothing happens without the key."""
    for path, body, status, field in REFUSED:
        address = f"{url}/api/privacy-requests/{path}"
        assert requests.post(address, json=body, timeout=60).status_code == 401
        answer = requests.post(address, json=body, headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
        assert (answer.status_code, answer.json()["error"].get("field")) == (status, field), path
