"""Find a person in a data folder by an identifier."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import OperatorError
from core.store.database import FILE
from core.store.migrations import refuse_older
from core.store.reader import EmbeddedReader


class Nobody(Exception):
    """Say that nobody has an identifier."""


@contextmanager
def reading(data: Path) -> Iterator[EmbeddedReader]:
    """Read a data folder; a server that runs on it is not disturbed."""
    if not (data / FILE).exists():
        raise OperatorError(f"There is no store in {data}.", hint="Name the data folder with --data.")
    refuse_older(data / FILE)
    reader = EmbeddedReader(data / FILE)
    try:
        yield reader
    finally:
        reader.close()


def find(reader: EmbeddedReader, namespace: str, value: str) -> str:
    """Give the id of who has an identifier, in the spelling given or in small letters."""
    for spelling in (value.strip(), value.strip().lower()):
        owner = reader.owner(namespace, spelling)
        if owner is not None:
            return owner
    raise Nobody(
        f"Nobody here has {namespace} {value}. Give an identifier as it is stored: a NAMESPACE of identity.yaml, "
        "such as user_id or email, and its VALUE."
    )
