"""Loading a whole folder: presets, versions, and files that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mapping_folder import CATALOGUE, PRESETS, TRIGGER, Folder

import connectors
from core.config.loader import load
from core.engine.rule import Act


def test_the_shipped_mappings_load_without_a_problem() -> None:
    """With the real connectors, no error and no warning."""
    loaded = load(PRESETS, presets=PRESETS, catalogue=connectors.catalogue())
    assert [str(one) for one in loaded.problems] == []
    assert loaded.rules is not None
    assert set(loaded.rules.triggers) == {path.stem for path in (PRESETS / "triggers").glob("*.yaml")}
    assert set(loaded.destinations) == set(connectors.catalogue())


def test_every_shipped_trigger_has_tests() -> None:
    """What admins copy shows how to test it."""
    for path in (PRESETS / "triggers").glob("*.yaml"):
        assert "\ntests:" in path.read_text(), path.name


def test_an_empty_folder_means_the_shipped_presets(folder: Folder) -> None:
    """Identities, sources and destinations have presets; triggers and messages do not."""
    loaded = folder.load()
    assert loaded.problems == []
    assert loaded.rules is not None
    assert loaded.rules.triggers == {}
    assert set(loaded.rules.sources) == {path.stem for path in (PRESETS / "sources").glob("*.yaml")}
    assert loaded.rules.identity.identifiers[0].namespace == "user_id"
    assert set(loaded.rules.purposes) == {"marketing", "transactional"}


def test_an_own_file_replaces_the_shipped_one_of_its_name(folder: Folder) -> None:
    """The others of the folder stay."""
    folder.write(
        "destinations/braze.yaml", "destination: braze\nactions: {track_event: {fields: {time: =now}}}\n"
    )
    folder.write("triggers/t.yaml", TRIGGER)
    rules = folder.load().rules
    assert rules is not None
    (act,) = rules.triggers["t"].steps
    assert isinstance(act, Act)
    assert sorted(act.fields) == ["name", "time"]


def test_shipped_destinations_follow_the_catalogue(folder: Folder) -> None:
    """A program built without a destination does not trip over its preset."""
    loaded = load(folder.root, presets=PRESETS, catalogue={"braze": CATALOGUE["braze"]})
    assert loaded.problems == []
    assert loaded.destinations == {"braze": "braze"}


def test_any_error_means_no_rules(folder: Folder) -> None:
    """A set is whole or it is not used."""
    folder.write("triggers/t.yaml", TRIGGER)
    folder.write("triggers/u.yaml", "trigger: u\n")
    loaded = folder.load()
    assert loaded.rules is None
    assert len(loaded.errors) == 2
    assert loaded.version != ""


def test_problems_of_all_files_come_together_in_order(folder: Folder) -> None:
    """Sorted by file, line and column; also when one file is no YAML at all."""
    folder.write("triggers/b.yaml", "trigger: b\nx: [\n")
    folder.write("triggers/a.yaml", "trigger: a\nwhen: api\ndo: [send: x]\nz: 1\n")
    places = [one.rsplit(":", 1)[0].split(": ")[0] for one in folder.problems()]
    assert places[:2] == ["triggers/a.yaml:3:12", "triggers/a.yaml:4:1"]
    assert places[2].startswith("triggers/b.yaml")


def test_the_version_changes_with_any_byte(folder: Folder) -> None:
    """Also a comment gives another version, and the same bytes the same."""
    folder.write("triggers/t.yaml", TRIGGER)
    first = folder.load().version
    assert folder.load().version == first
    folder.write("triggers/t.yaml", TRIGGER + "# why\n")
    assert folder.load().version != first


def test_a_triggers_hashes_follow_what_they_cover(folder: Folder) -> None:
    """The version is the file's, the anchor's hash that of `when`, the journey's that of `do`."""

    def hashes(text: str) -> tuple[str, str, str]:
        folder.write("triggers/t.yaml", text)
        rules = folder.load().rules
        assert rules is not None
        one = rules.triggers["t"]
        return one.version, one.anchor_hash, one.journey_hash

    first = hashes(TRIGGER)
    relaid = hashes(TRIGGER.replace("{event: Signed Up}", "  # comment\n  event: 'Signed Up'"))
    assert relaid[0] != first[0]
    assert relaid[1:] == first[1:]
    anchored = hashes(TRIGGER.replace("Signed Up", "Signed In"))
    assert (anchored[1] != first[1], anchored[2] == first[2]) == (True, True)
    stepped = hashes(TRIGGER.replace("Hello", "Bye"))
    assert (stepped[1] == first[1], stepped[2] != first[2]) == (True, True)


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    """It says what is expected there."""
    (problem,) = load(tmp_path / "none", presets=PRESETS, catalogue=CATALOGUE).problems
    assert (
        str(problem) == f"{tmp_path}/none:1:1: there is no such folder (give the folder that holds triggers/)"
    )


def test_what_is_no_file_is_a_problem(folder: Folder) -> None:
    """Folders, dangling links and pipes in a file's place are named, and nothing waits on them."""
    (folder.root / "triggers").mkdir()
    (folder.root / "triggers/folder.yaml").mkdir()
    (folder.root / "triggers/link.yaml").symlink_to(folder.root / "gone")
    os.mkfifo(folder.root / "triggers/pipe.yaml")
    assert folder.problems() == [
        "triggers/folder.yaml:1:1: folder.yaml is a folder (replace it by a file, or remove it)",
        "triggers/link.yaml:1:1: link.yaml is no file that can be read (replace it by a file, or remove it)",
        "triggers/pipe.yaml:1:1: pipe.yaml is no file that can be read (replace it by a file, or remove it)",
    ]


@pytest.mark.parametrize("name", ["triggers", "sources"])
def test_a_file_in_the_place_of_a_folder_is_a_problem(folder: Folder, name: str) -> None:
    """It does not fall back to presets without a word."""
    folder.write(name, "x")
    (problem,) = folder.problems()
    assert problem.startswith(f"{name}:1:1: the folder cannot be read")


def test_links_to_files_are_followed(folder: Folder, tmp_path: Path) -> None:
    """Mounted configuration often consists of links."""
    (tmp_path / "elsewhere.yaml").write_text(TRIGGER)
    (folder.root / "triggers").mkdir()
    (folder.root / "triggers/t.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    rules = folder.load().rules
    assert rules is not None
    assert set(rules.triggers) == {"t"}


def test_hidden_files_and_notes_are_let_be(folder: Folder) -> None:
    """Editors' and readers' files beside the mappings do no harm."""
    for name in (".t.yaml.swp", "triggers/.t.yaml", "triggers/README.md", "triggers/t.yaml~", "notes/a.txt"):
        folder.write(name, "x")
    assert folder.problems() == []


def test_a_large_file_is_refused_unread(folder: Folder) -> None:
    """Only as much is read as the reader would look at."""
    folder.write("triggers/t.yaml", b"#" * 3_000_000)
    assert folder.problems() == [
        "triggers/t.yaml:1:1: the file is larger than 1,000,000 bytes (split it into several files)"
    ]
