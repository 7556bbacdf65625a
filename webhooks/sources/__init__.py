"""Senders of events: one module each, found by the name of its kind."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from webhooks.sources.base import Source


@cache
def kinds() -> dict[str, type[Source]]:
    """Give every source in this folder by the name of its kind, which a source file ``uses``."""
    found = {}
    for info in iter_modules(__path__):
        module = import_module(f"{__name__}.{info.name}")
        for value in vars(module).values():
            if is_source(value, module.__name__):
                found[info.name] = value
    return found


def is_source(value: object, module: str) -> bool:
    """Say whether a name of a module is the source that it defines."""
    is_kind = isinstance(value, type) and issubclass(value, Source) and value is not Source
    return is_kind and value.__module__ == module
