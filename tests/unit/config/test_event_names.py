"""A trigger that waits for an event nobody knows is warned about."""

from __future__ import annotations

import pytest
from mapping_folder import Folder

DO = "do: [braze.track_event: {name: x}]\n"


def write(folder: Folder, when: str, *, status: str = "shadow", more: str = "") -> None:
    """Write one trigger."""
    folder.write("triggers/t.yaml", f"trigger: t\nstatus: {status}\nwhen: {when}\n{DO}{more}")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Order Complete", "Order Completed"),
        ("order_completed", "Order Completed"),
        ("Product View", "Product Viewed"),
        ("Singed Up", "Signed Up"),
        ("Page viewed", "Page Viewed"),
    ],
)
@pytest.mark.parametrize("status", ["draft", "shadow"])
def test_a_name_that_looks_mistyped_is_told(folder: Folder, typed: str, meant: str, status: str) -> None:
    """Also in a draft: it will never come."""
    write(folder, f"{{event: {typed}}}", status=status)
    assert folder.problems() == [
        f"triggers/t.yaml:3:15: warning: no event `{typed}` is known (did you mean `{meant}`?)"
    ]


@pytest.mark.parametrize(
    "when",
    [
        "{event: Parcel Lost}",
        "{event: Signed Up, not_followed_by: Parcel Lost, within: 1h}",
        "{count: {event: [Signed Up, {event: Parcel Lost}], at_least: 2, within: 1h}}",
    ],
)
def test_a_name_that_nothing_else_knows_is_warned_about(folder: Folder, when: str) -> None:
    """Wherever it stands."""
    write(folder, when)
    (problem,) = folder.problems()
    assert "warning: the event `Parcel Lost` was never seen" in problem
    assert problem.startswith(f"triggers/t.yaml:3:{7 + when.index('Parcel')}:")


def test_a_draft_may_wait_for_what_is_still_to_come(folder: Folder) -> None:
    """A name of one's own is doubted once it decides something."""
    write(folder, "{event: Parcel Lost}", status="draft")
    assert folder.problems() == []


def test_a_name_that_a_test_tries_is_known(folder: Folder) -> None:
    """Whoever wrote a test knows the event."""
    tests = "tests: [{name: x, timeline: [{at: 0m, event: Parcel Lost}], expect: []}]\n"
    write(folder, "{event: Parcel Lost}", more=tests)
    assert folder.problems() == []


def test_a_name_that_another_trigger_waits_for_is_known(folder: Folder) -> None:
    """Two would hardly be mistyped in the same way."""
    write(folder, "{event: Parcel Lost}")
    folder.write("triggers/u.yaml", f"trigger: u\nwhen: {{event: Parcel Lost}}\n{DO}")
    assert folder.problems() == []


def test_a_name_that_a_source_gives_is_known_and_the_one_it_takes_away_is_not(folder: Folder) -> None:
    """A source's `events:` brings old names to ours: triggers must wait for ours."""
    folder.write(
        "sources/segment.yaml",
        "source: segment\nidentifiers: {user_id: =event.userId}\nevents: {Lost It: Parcel Lost}\n",
    )
    write(folder, "{event: [Parcel Lost, Lost It]}")
    assert folder.problems() == [
        "triggers/t.yaml:3:29: warning: the event `Lost It` never comes: sources/segment.yaml renames it "
        "(write `Parcel Lost`)"
    ]


def test_names_of_the_spec_are_no_slips_of_each_other(folder: Folder) -> None:
    """`Plan Viewed` is not `Page Viewed`."""
    write(folder, "{event: Plan Viewed}", status="draft")
    assert folder.problems() == []
