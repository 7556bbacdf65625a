"""What a server stands on: its settings, its mappings, and the folder that holds its data."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from core.config.loader import Loaded
from core.errors import OperatorError, StoreError
from core.store.database import FILE
from core.store.migrations import LATEST, refuse_foreign, refuse_older
from cuewire.doctor.finding import Finding, note, ok, problem, warning
from cuewire.setting_list import all_settings, instances, unread
from cuewire.settings import Settings
from cuewire.simulate.words import many

SETTINGS, MAPPINGS, DATA = "settings", "mappings", "data folder"

#: Bytes free below which the store may soon stop, and below which it is time to look.
TOO_LITTLE, LITTLE = 200 * 2**20, 2 * 2**30

#: Seconds that a real sync may take; each acknowledged request waits for one.
SLOW_SYNC = 0.05


def of_settings(env: Mapping[str, str], mappings: Path) -> tuple[Settings | None, list[Finding]]:
    """Read the environment as the server does; everything that is wrong at once."""
    found: list[Finding] = []
    settings = None
    try:
        settings = Settings.read(env)
        found.append(ok(SETTINGS, "the server's own settings are complete"))
    except OperatorError as refused:
        lines = [line.removeprefix("- ") for line in refused.message.splitlines() if line.startswith("- ")]
        found += [problem(SETTINGS, line) for line in lines or [refused.message]]
    names = unread(list(all_settings(instances(mappings))), env)
    found += [warning(SETTINGS, f"{name} is set, but nothing reads it", hint) for name, hint in names.items()]
    return settings, found


def of_mappings(loaded: Loaded, folder: Path) -> Iterator[Finding]:
    """Say whether the mappings may go live."""
    warnings = len(loaded.problems) - len(loaded.errors)
    hint = f"cuewire check {folder}"
    if loaded.errors:
        yield problem(MAPPINGS, f"{folder} has {many(len(loaded.errors), 'error')}", hint)
        return
    if warnings:
        yield warning(MAPPINGS, f"{folder} has {many(warnings, 'warning')}", hint)
    triggers = loaded.rules.triggers.values() if loaded.rules else ()
    live = sum(one.status == "live" for one in triggers)
    yield ok(MAPPINGS, f"{folder} is sound, {live} of {len(triggers)} triggers are live")


def of_data(data: Path, now: int) -> Iterator[Finding]:
    """Look at the folder as the store will use it; nothing of the store is changed."""
    if not data.is_dir():
        yield warning(DATA, f"{data} does not exist", "`cuewire serve` makes it, or name another with --data")
        return
    yield from _writing(data)
    free = shutil.disk_usage(data).free
    say = problem if free < TOO_LITTLE else warning if free < LITTLE else None
    told = f"{free / 2**30:.1f} GB are free"
    yield say(DATA, told, "free space, or move the folder to a larger disk") if say else ok(DATA, told)
    yield from _store(data / FILE, now)


def _writing(data: Path) -> Iterator[Finding]:
    try:
        with NamedTemporaryFile(dir=data, prefix=".doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            took = time.perf_counter() - begun
    except OSError as error:
        yield problem(
            DATA,
            f"{data} cannot be written: {error.strerror}",
            "give this user the right to write there",
        )
        return
    told = f"{data} is writable, a sync takes {took * 1000:.1f} ms"
    mend = "each acknowledged request waits for one: use a local disk, not a network share"
    yield warning(DATA, told, mend) if took > SLOW_SYNC else ok(DATA, told)


def _store(path: Path, now: int) -> Iterator[Finding]:
    if not path.exists():
        yield note(DATA, "there is no store yet; `cuewire serve` makes it")
        return
    if path.stat().st_mode & 0o077:
        yield warning(DATA, f"{path} can be read by other users", f"chmod 600 {path}")
    ahead = path.stat().st_mtime * 1000 - now
    if ahead > 60_000:
        mend = "set the clock, and let it be kept by NTP: timers and signatures need it"
        yield problem(DATA, f"the store was written {ahead / 1000:.0f} s after this machine's time", mend)
    try:
        refuse_foreign(path)
    except StoreError as error:
        yield problem(DATA, error.message, error.hint)
        return
    try:
        refuse_older(path)
    except StoreError as error:
        yield warning(DATA, error.message, error.hint)
        return
    yield ok(DATA, f"the store has schema {LATEST}, this program's own")
