"""One source's file as the engine has it: where everything sits in what the source sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.engine.formula import Formula
from core.engine.receive import Receive

#: Says which rule of its schema an event's data break, given its name and where the data stand; empty for none.
CheckData = Callable[[Mapping[str, Any], str, str], str]


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """Where identifiers, traits and consent sit in one source's events.

    ``identifiers`` and ``consent`` hold candidates, the first present wins; ``consent`` is keyed by purpose and
    channel (empty: all channels); ``types`` names the fields read as numbers even when sent as text.
    ``server_only`` names the events that are not believed of a public sender, such as a page with a browser's key.
    ``traits_remove`` are places that list the names of traits which the person no longer has.
    ``previous_id`` is the namespace of what an alias call names as the older id.
    ``refuses_unsigned``: of an array of which its sender signs only the first item the rest is not believed.
    ``schemas`` hold what checks an event's properties or traits, by its name.
    ``receive`` is there where the file itself says how the sender proves itself and what its bodies look like.
    """

    name: str
    uses: str
    identifiers: Mapping[str, tuple[Formula, ...]]
    traits_from: tuple[str, ...] = ()
    traits_rename: Mapping[str, str] = field(default_factory=dict)
    traits_drop: frozenset[str] = frozenset()
    traits_remove: tuple[str, ...] = ()
    consent: Mapping[tuple[str, str], Formula] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    types: frozenset[str] = frozenset()
    lateness: int = 0
    server_only: frozenset[str] = frozenset()
    refuses_unsigned: bool = False
    previous_id: str = "anonymous_id"
    receive: Receive | None = None
    schemas: Mapping[str, CheckData] = field(default_factory=dict)
