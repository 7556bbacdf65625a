"""Everything that leaves: one module per destination, found by the name of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from connectors.base import Destination
from core.errors import OperatorError
from core.ports import Clock, DestinationSpec

#: Modules that are no destination, and must not be loaded to describe one (``requests`` is slow to import).
SHARED = {"base", "coercion", "notice", "rows", "setting", "transport", "value"}


@cache
def kinds() -> dict[str, type[Destination]]:
    """Give every adapter in this folder by the name of its kind, and those that files describe."""
    from connectors.webhook.presets import presets  # reads files

    found: dict[str, type[Destination]] = {}
    for info in iter_modules(__path__):
        if info.name not in SHARED:
            module = import_module(f"{__name__}.{info.name}")
            found[info.name] = next(
                value for value in vars(module).values() if is_adapter(value, module.__name__)
            )
    return {**found, **presets()}


def is_adapter(value: object, module: str) -> bool:
    """Say whether a name of a module is the destination it defines."""
    return isinstance(value, type) and issubclass(value, Destination) and value.__module__ == module


def catalogue() -> dict[str, DestinationSpec]:
    """Describe every kind of destination; loads no vendor's library."""
    return {name: kind.spec for name, kind in kinds().items()}


def build(
    name: str,
    kind: str,
    values: Mapping[str, str],
    *,
    public_url: str = "",
    insecure_hosts: frozenset[str] = frozenset(),
    clock: Clock | None = None,
    spec: DestinationSpec | None = None,
) -> Destination:
    """Make one destination; ``values`` are its settings in lower case, without their prefix.

    ``spec`` is what its mapping file makes of its kind.
    """
    if kind not in kinds():
        raise OperatorError(
            f"There is no kind of destination named {kind}.", hint=f"Known are {', '.join(kinds())}."
        )
    made = kinds()[kind](name, values, public_url=public_url, insecure_hosts=insecure_hosts, clock=clock)
    if spec is not None:
        made.follow(spec)
    return made
