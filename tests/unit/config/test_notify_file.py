"""What ``notify`` of a policy and ``owner`` of a trigger become."""

from __future__ import annotations

import pytest
from mapping_folder import MESSAGE, Folder, rules

from core.engine.notify import DAY, HOUR, MINUTE, Notify

SEEN = (
    "trigger: seen\nwhen: {event: Seen}\ndo: [{braze.track_event: {external_id: =profile.id, name: Seen}}]\n"
)


def notify(folder: Folder, text: str) -> Notify:
    """Load a policy beside a valid message."""
    folder.write("messages/hello.yaml", MESSAGE)
    folder.write("policy.yaml", f"notify: {text}\n")
    return rules(folder).policy.notify


def test_the_example_of_the_contract_is_read_whole(folder: Folder) -> None:
    """Recipients as texts, the prefix of a setting with or without; what is left out is as usual."""
    found = notify(
        folder,
        "{to: [{email: ops@example.com}, {slack: URL_SETTING}, {webhook: CUEWIRE_B}], on: [paused, late]}",
    )
    assert found == Notify(("email:ops@example.com", "slack:URL_SETTING", "webhook:B"), ("paused", "late"))


def test_the_bounds_are_the_files(folder: Folder) -> None:
    """One may be given without the other; null is as usual, a recipient twice counts once."""
    found = notify(
        folder,
        "{to: [{email: a@b.com}, {email: a@b.com, slack: null}], paused: 1m, silent: {source: 1h}, late: null}",
    )
    assert found == Notify(("email:a@b.com",), paused=MINUTE, source=HOUR)
    assert notify(folder, "{to: [{email: a@b.com}], silent: {trigger: 1d}}").trigger == DAY
    assert notify(folder, "null") == Notify()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{to: []}", "1:14: the list is empty (put at least one item into it)"),
        ("{to: [{}]}", "1:15: a recipient is told in one way, and here is none (write one of"),
        ("{to: [{slack: OPS_URL_FILE}]}", "1:23: must be the name of a setting, not `OPS_URL_FILE`"),
        (
            "{to: [{email: a@b.com}], silent: {source: 8d}}",
            "1:51: must be a duration from 1h to 7d, not `8d`",
        ),
        (
            "{to: [{email: a@b.com}], silent: {trigger: 1h}}",
            "1:52: must be a duration from 1d to 90d, not `1h`",
        ),
        ("{to: [{mail: a@b.com}]}", "1:16: unknown key `mail` (did you mean `email`?)"),
    ],
)
def test_what_tells_nobody_is_refused(folder: Folder, text: str, problem: str) -> None:
    """Where it stands, with what to write."""
    folder.write("messages/hello.yaml", MESSAGE)
    folder.write("policy.yaml", f"notify: {text}\n")
    (found,) = folder.problems()
    assert found.startswith(f"policy.yaml:{problem}")


def test_a_trigger_may_name_who_answers_for_it(folder: Folder) -> None:
    """One address; anything else is refused."""
    folder.write("messages/hello.yaml", MESSAGE)
    folder.write("triggers/seen.yaml", SEEN)
    assert rules(folder).triggers["seen"].owner == ""
    folder.write("triggers/seen.yaml", SEEN + "owner: shop@example.com\n")
    assert rules(folder).triggers["seen"].owner == "shop@example.com"
    folder.write("triggers/seen.yaml", SEEN + "owner: the shop team\n")
    (found,) = folder.problems()
    assert found.startswith("triggers/seen.yaml:4:8: must be an e-mail address, not `the shop team`")
