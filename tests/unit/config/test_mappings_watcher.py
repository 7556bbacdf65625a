"""Hot reload: whole valid sets are given on, bad ones too, and nothing half-written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from mapping_folder import TRIGGER, Folder

from core.config.loader import Loaded
from core.config.watch import Watcher


class Watched:
    """A watcher that is looked through step by step, and what it gave on."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.seen: list[Loaded] = []
        self.watcher = Watcher(folder.root, folder.load, self.seen.append)

    def settle(self) -> list[Loaded]:
        """Look until nothing changes any more; give what was loaded."""
        before = len(self.seen)
        for _ in range(3):
            self.watcher.look()
        return self.seen[before:]


@pytest.fixture
def watched(folder: Folder) -> Watched:
    """Give a watched folder with one trigger."""
    folder.write("triggers/t.yaml", TRIGGER)
    return Watched(folder)


def test_nothing_is_loaded_while_nothing_changes(watched: Watched) -> None:
    """The first look finds what was there when the watcher was made."""
    assert watched.settle() == []


def test_a_valid_change_is_given_on_once(watched: Watched) -> None:
    """The new set is whole."""
    watched.folder.write("triggers/u.yaml", TRIGGER.replace("trigger: t", "trigger: u"))
    (loaded,) = watched.settle()
    assert loaded.rules is not None
    assert set(loaded.rules.triggers) == {"t", "u"}
    assert watched.settle() == []


def test_an_invalid_change_is_given_on_without_rules(watched: Watched) -> None:
    """The caller keeps what runs; the repair is noticed too."""
    watched.folder.write("triggers/t.yaml", TRIGGER + "x: 1\n")
    (bad,) = watched.settle()
    assert (bad.rules, len(bad.errors)) == (None, 1)
    watched.folder.write("triggers/t.yaml", TRIGGER)
    (good,) = watched.settle()
    assert good.rules is not None


def test_a_file_that_is_still_being_written_is_not_loaded(watched: Watched) -> None:
    """Only when two looks agree is it read: half a file is never seen."""
    text = TRIGGER + "title: Welcome everyone\n"
    for end in (20, 45, len(text)):
        watched.folder.write("triggers/t.yaml", text[:end])
        assert watched.watcher.look() is False
    assert watched.watcher.look() is True
    (loaded,) = watched.seen
    assert loaded.errors == []


def test_a_change_while_loading_is_loaded_next(folder: Folder) -> None:
    """What is written between the look and the reading is not taken for read."""
    folder.write("triggers/t.yaml", TRIGGER)
    seen: list[Loaded] = []

    def load() -> Loaded:
        loaded = folder.load()
        if not seen:
            folder.write("triggers/t.yaml", TRIGGER + "title: Later\n")
        return loaded

    watcher = Watcher(folder.root, load, seen.append)
    folder.write("triggers/t.yaml", TRIGGER + "title: Sooner\n")
    for _ in range(5):
        watcher.look()
    titles = [one.rules.triggers["t"].title for one in seen if one.rules]
    assert titles == ["Sooner", "Later"]


def replace_by_folder(path: Path) -> None:
    """Put a folder where the file was."""
    path.unlink()
    path.mkdir()


def replace_by_link(path: Path) -> None:
    """Put a link to nowhere where the file was."""
    path.unlink()
    path.symlink_to("nowhere")


@pytest.mark.parametrize("replace", [replace_by_folder, replace_by_link])
def test_a_file_replaced_by_something_else_is_a_bad_set(
    watched: Watched, replace: Callable[[Path], None]
) -> None:
    """The watcher survives it and reports it."""
    replace(watched.folder.root / "triggers/t.yaml")
    (loaded,) = watched.settle()
    assert loaded.rules is None


def test_a_removed_file_is_gone_from_the_set(watched: Watched) -> None:
    """Removing a trigger is a valid change."""
    (watched.folder.root / "triggers/t.yaml").unlink()
    (loaded,) = watched.settle()
    assert loaded.rules is not None
    assert loaded.rules.triggers == {}


def test_a_removed_folder_is_a_bad_set_until_it_returns(watched: Watched) -> None:
    """A mount that comes and goes stops nothing."""
    away = watched.folder.root.with_name("away")
    watched.folder.root.rename(away)
    (bad,) = watched.settle()
    assert bad.rules is None
    away.rename(watched.folder.root)
    (good,) = watched.settle()
    assert good.rules is not None


def test_a_link_swapped_to_another_folder_is_noticed(tmp_path: Path) -> None:
    """Mounted configuration is swapped by one link."""
    for name in ("one", "two"):
        Folder(tmp_path / name).write("triggers/t.yaml", TRIGGER + f"title: {name}\n")
    link = tmp_path / "mappings"
    link.symlink_to("one")
    watched = Watched(Folder(link))
    link.unlink()
    link.symlink_to("two")
    (loaded,) = watched.settle()
    assert loaded.rules is not None
    assert loaded.rules.triggers["t"].title == "two"


def test_a_folder_that_links_to_itself_is_scanned_in_bounds(watched: Watched) -> None:
    """A circle of links does not hang the watcher."""
    (watched.folder.root / "triggers/self").symlink_to(watched.folder.root / "triggers")
    assert len(watched.settle()) == 1


def test_the_thread_notices_changes_and_stops(folder: Folder) -> None:
    """Started, it polls by itself; stopped, it is gone."""
    came = threading.Event()
    watcher = Watcher(folder.root, folder.load, lambda loaded: came.set(), every=0.01)
    watcher.start()
    folder.write("triggers/t.yaml", TRIGGER)
    assert came.wait(60)
    watcher.stop()
    assert not [one for one in threading.enumerate() if one.name == "mappings-watcher"]


def test_a_watcher_that_never_started_can_be_stopped(folder: Folder) -> None:
    """Shutting down half-way is fine."""
    Watcher(folder.root, folder.load, lambda loaded: None).stop()
