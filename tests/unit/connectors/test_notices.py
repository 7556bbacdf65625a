"""How notices reach those who run the server, and what keeps them from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from embedded.hook import Hook, hooks

from connectors import build
from connectors.notice import Notices, problem_of_url
from core.ports import Delivered, Notice, Rejected, RetryLater, Unknown

NOTICE = Notice(
    "w_1-opened", "Cuewire: all sends are stopped", "To do: look.", {"id": "w_1", "event": "opened"}
)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Give an address that takes notices."""
    with hooks() as (made,):
        yield made


def test_slack_gets_a_text_and_a_webhook_the_data(hook: Hook) -> None:
    """Both under the same key at each try."""
    notices = Notices({"CHAT": hook.url, "PAGER": hook.url}, None)
    assert isinstance(notices.tell("slack:CHAT", NOTICE), Delivered)
    assert isinstance(notices.tell("webhook:PAGER", NOTICE), Delivered)
    assert hook.taken == [{"text": f"*{NOTICE.subject}*\n{NOTICE.text}"}, dict(NOTICE.body)]
    assert hook.keys == ["w_1-opened"] * 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [(503, RetryLater), (500, Unknown), (404, Rejected), (302, Rejected), (403, RetryLater)],
)
def test_a_refusal_never_tells_the_address(hook: Hook, status: int, kind: type) -> None:
    """The reason is read by many, and whoever has the address can post there."""
    hook.status = status
    outcome = Notices({"PAGER": hook.url}, None).tell("webhook:PAGER", NOTICE)
    assert isinstance(outcome, kind)
    assert str(status) in outcome.reason
    assert hook.url not in outcome.reason and "/hook" not in outcome.reason


def test_nobody_there_is_tried_again(hook: Hook) -> None:
    """The connection is refused."""
    hook.server.shutdown()  # or the socket lives on until its thread looks again
    hook.server.server_close()
    assert isinstance(Notices({"PAGER": hook.url}, None).tell("webhook:PAGER", NOTICE), RetryLater)


def test_a_setting_that_is_missing_is_named() -> None:
    """Without an address or a key nothing can leave."""
    notices = Notices({}, build("sendgrid", "sendgrid", {}))
    assert notices.missing("slack:CHAT") == ["CUEWIRE_CHAT"]
    assert notices.missing("email:a@b.com") == ["CUEWIRE_SENDGRID_API_KEY", "CUEWIRE_SENDGRID_FROM"]
    outcome = notices.tell("slack:CHAT", NOTICE)
    assert isinstance(outcome, RetryLater) and outcome.reason == "CUEWIRE_CHAT must be set"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", ""),
        ("https://chat.example.com/hook?wait=true", ""),
        ("http://127.0.0.1:9/hook", ""),
        ("http://pager.internal/hook", ""),
        ("http://example.com/hook", "uses http: use https, or name example.com in CUEWIRE_INSECURE_HOSTS"),
        ("hooks.slack.com/services", "is not an address such as https://example.com/hook"),
        ("ftp://example.com", "is not an address such as https://example.com/hook"),
        ("https://[", "is not an address such as https://example.com/hook"),
    ],
)
def test_only_addresses_that_keep_the_secret_are_used(url: str, problem: str) -> None:
    """Http reaches this machine, and hosts that the operator has named."""
    assert problem_of_url(url, frozenset({"pager.internal"})) == problem
    outcome = Notices({"PAGER": url}, None).tell("webhook:PAGER", NOTICE) if problem else None
    assert outcome is None or outcome == Rejected(f"CUEWIRE_PAGER {problem}")
