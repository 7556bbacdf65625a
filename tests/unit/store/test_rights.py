"""What is stored is personal data: nobody else on the machine may read it."""

from __future__ import annotations

from pathlib import Path

from core.store.embedded import open_store
from cuewire.clock import SystemClock


def test_the_files_are_for_their_owner_alone_in_any_folder(tmp_path: Path) -> None:
    """Also in a folder that was there before, open to all."""
    tmp_path.chmod(0o755)
    store = open_store(tmp_path, clock=SystemClock())
    store.write(lambda tx: tx.keys.put("a", "b", 0))
    rights = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    store.close()
    assert len(rights) >= 3
    assert set(rights.values()) == {0}
