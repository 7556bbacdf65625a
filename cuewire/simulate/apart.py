"""Work that is shared out over processes, each of which is a copy of this one."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from core.errors import OperatorError

T = TypeVar("T")

#: Tells how many steps were made.
Steps = Callable[[int], object]

#: Below so many lines the copies cost more than they save.
WORTH_IT = 4_000

#: More processes than this only wait for the disk.
MOST = 8


def shares_for(lines: int) -> int:
    """Tell over how many processes to share out."""
    # Elsewhere a process cannot simply be copied.
    if lines < WORTH_IT or sys.platform != "linux":
        return 1
    return max(1, min(MOST, len(os.sched_getaffinity(0))))


def each_apart(work: Callable[[int, Steps], T], number: int, on_steps: Steps) -> list[T]:
    """Do so many parts of a work at the same time; gives what each came to."""
    if number == 1:
        return [work(0, on_steps)]
    context = multiprocessing.get_context("fork")
    ends: dict[Any, int] = {}
    processes = []
    for share in range(number):
        mine, theirs = context.Pipe(duplex=False)
        processes.append(context.Process(target=_do, args=(work, share, theirs), daemon=True))
        processes[-1].start()
        theirs.close()
        ends[mine] = share
    try:
        found = dict(_gathered(ends, on_steps))
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return [found[share] for share in range(number)]


def _do(work: Callable[[int, Steps], T], share: int, end: Connection) -> None:
    end.send((None, work(share, lambda steps: end.send((steps, None)))))


def _gathered(ends: dict[Any, int], on_steps: Steps) -> Iterator[tuple[int, Any]]:
    """Hear of steps and results until all are there."""
    while ends:
        for end in wait(list(ends)):
            assert isinstance(end, Connection)
            try:
                steps, found = end.recv()
            except EOFError as error:
                raise OperatorError(
                    "A part of the simulation ended early.",
                    hint="See what it printed; is there enough memory?",
                ) from error
            if steps is not None:
                on_steps(steps)
            else:
                yield ends.pop(end), found
                end.close()


@contextmanager
def without_collecting() -> Iterator[None]:
    """Leave out the search for cycles: a run makes few, and it would walk over everybody again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
