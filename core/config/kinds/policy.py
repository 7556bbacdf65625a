"""``policy.yaml``: the rules above all triggers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from core.config.kinds.around import Around
from core.config.kinds.fact import Named
from core.config.kinds.notify import NOTIFY, build_notify
from core.config.kinds.quiet import QUIET_HOURS, build_quiet
from core.config.kinds.tier import TIER, TIERS, build_tiers
from core.config.kinds.window import Window
from core.config.nearest import did_you_mean
from core.config.node import Node
from core.config.schema import (
    Choice,
    Duration,
    Fields,
    Integer,
    Key,
    ListOf,
    MapOf,
    Name,
    Reading,
    Record,
    Text,
    Truth,
    one_of_keys,
)
from core.engine.own import MOST_HOPS, USUAL_HOPS
from core.engine.policy import Group, Guard, MessageCap, Policy, Tier
from core.engine.profile import FIRINGS_LIMIT, SENT_LIMIT
from core.engine.rule import DEFAULT_PURPOSES, IdentityRules, Purpose

#: What a cap counts: one of these.
_COUNTED = ("channel", "tag", "purpose", "all")

#: Whom it reaches asked for it: neither caps nor quiet hours hold unless the file says so.
_ASKED_FOR = "transactional"


class _Yes(Truth):
    """True, where the other answer would mean nothing."""

    def check(self, node: Node, reading: Reading) -> Any:
        """Refuse false."""
        found = super().check(node, reading)
        return self.refuse(node, reading, "leave the cap out") if found is False else found


_PURPOSE = Record(
    "a purpose",
    {
        "consent": Key(
            Choice(("required", "not_needed")), "whether people must have agreed", default="required"
        ),
        "caps": Key(Truth(), f"whether caps hold for it; without it for all but {_ASKED_FOR}"),
        "quiet_hours": Key(Truth(), f"whether quiet hours hold for it; without it for all but {_ASKED_FOR}"),
    },
)

_CAP = Record(
    "a cap",
    {
        "channel": Key(Text("a channel"), "counts what goes out by this channel"),
        "tag": Key(Named("a tag", "tag", Name("a tag")), "counts messages that carry this tag"),
        "purpose": Key(Text("a purpose"), "counts messages of this purpose"),
        "all": Key(_Yes(), "counts every message"),
        # A profile keeps its last messages; a cap beyond them could never be reached.
        "times": Key(Integer(least=1, most=SENT_LIMIT - 1), "how many a person gets at most", required=True),
        "per": Key(Window(), "in any window of this length, or each day or week", required=True),
        "tier": Key(TIER, "holds only for people of this tier"),
        "over": Key(
            Choice(("drop", "hold")), "what becomes of what is too much: hold waits for room", default="drop"
        ),
    },
    form="{channel: email, times: 1, per: 1d}",
    rules={"allOf": [one_of_keys(*_COUNTED)]},
)

_GROUP = Record(
    "a group",
    {
        "times": Key(
            Integer(least=1, most=FIRINGS_LIMIT - 1), "how many of its triggers may fire", required=True
        ),
        "per": Key(Duration(), "for one person in any window of this length", required=True),
        "loser": Key(
            Choice(("drop", "hold")), "what becomes of the others: hold judges them anew", default="drop"
        ),
    },
    form="{times: 1, per: 1h}",
)

_GUARD = Record(
    "a guard",
    {
        "firings": Key(Integer(least=1), "how many firings of one trigger are usual at most", required=True),
        "per": Key(Duration(), "for all people together, in any window of this length", required=True),
    },
    form="guard: {firings: 5000, per: 1h}",
)

POLICY = Record(
    "a policy",
    {
        "purposes": Key(
            MapOf(_PURPOSE, "a mapping of purposes", known=tuple(DEFAULT_PURPOSES)),
            "why people are written to",
        ),
        "caps": Key(ListOf(_CAP, "a list of caps"), "how many messages a person gets", default=()),
        "quiet_hours": Key(QUIET_HOURS, "when nobody is written to"),
        "groups": Key(
            MapOf(_GROUP, "a mapping of groups"), "triggers that compete: their `group` names one of these"
        ),
        "guard": Key(_GUARD, "a trigger that fires more often is paused"),
        "tiers": Key(TIERS, "people by their value, the first that holds; caps and priorities name them"),
        "notify": Key(NOTIFY, "who is told when something is wrong"),
        # Not even the largest count is above any limit: nobody counts further.
        "hops": Key(
            Integer(least=0, most=MOST_HOPS - 1),
            "an event to which more of our own sends led is an echo, and nothing is done about it",
            default=USUAL_HOPS,
        ),
    },
)


class PolicyFile(NamedTuple):
    """What the file says; it names no purposes where it is too wrong for them to be known."""

    purposes: Mapping[str, Purpose]
    policy: Policy | None


def compile_policy(root: Node, reading: Reading, *, around: Around) -> PolicyFile | None:
    """Give the purposes, the usual two where the file names none, and the rules; None for what cannot be told."""
    fields = POLICY.read(root, reading)
    if not isinstance(fields, Fields):
        return None
    purposes = _purposes(fields, reading)
    tiers = build_tiers(fields.get("tiers"))
    caps = [_cap(one.value, reading, around=around, purposes=purposes) for one in fields.get("caps")]
    for one in fields.get("caps"):
        _check_tier(one.value, fields, reading, tiers=tiers)
    quiet = fields.get("quiet_hours")
    policy = Policy(
        caps=tuple(cap for cap in caps if cap),
        quiet=build_quiet(quiet, reading, region=around.region) if quiet else None,
        groups={name: _group(one.value) for name, one in (fields.get("groups") or {}).items()},
        guard=_guard(fields.get("guard")),
        tiers=tiers,
        notify=build_notify(fields.get("notify"), reading),
        hops=fields.get("hops"),
    )
    is_known = "groups" in fields or not fields.gives("groups")
    return PolicyFile(purposes, policy if is_known else None)


def phone_region(identity: IdentityRules | None) -> str:
    """Give the country of local phone numbers; empty where there is none."""
    rules = identity.identifiers if identity else ()
    return next((rule.region for rule in rules if rule.namespace == "phone"), "")


def _purposes(fields: Fields, reading: Reading) -> Mapping[str, Purpose]:
    if "purposes" not in fields:
        return {} if reading.has_errors else dict(DEFAULT_PURPOSES)
    found = fields.get("purposes")
    if not found:
        hint = "leave `purposes` out for marketing and transactional"
        reading.error(fields.value_place("purposes"), "no purpose is named", hint)
    return {name: _purpose(name, one.value) for name, one in found.items()}


def _purpose(name: str, fields: Fields) -> Purpose:
    caps, quiet = fields.get("caps"), fields.get("quiet_hours")
    return Purpose(
        name,
        consent_required=fields.get("consent") == "required",
        caps=name != _ASKED_FOR if caps is None else caps,
        quiet_hours=name != _ASKED_FOR if quiet is None else quiet,
    )


def _cap(
    fields: Fields, reading: Reading, *, around: Around, purposes: Mapping[str, Purpose]
) -> MessageCap | None:
    """Build a cap that counts one thing; None after reporting."""
    counted = [name for name in _COUNTED if fields.gives(name)]
    if not counted and fields.has_unknown():
        return None
    if len(counted) != 1:
        shown = ", ".join(f"`{name}`" for name in counted) or "nothing"
        hint = "write one of channel, tag, purpose or `all: true`"
        reading.error(fields.mark, f"a cap counts one thing, and here is {shown}", hint)
        return None
    _check_channel(fields, reading, around=around)
    _check_purpose(fields, reading, purposes=purposes)
    if "times" not in fields or "per" not in fields:
        return None
    return MessageCap(
        fields.get("times"),
        fields.get("per"),
        channel=fields.get("channel") or "",
        tag=fields.get("tag") or "",
        purpose=fields.get("purpose") or "",
        over=fields.get("over"),
        tier=fields.get("tier") or "",
    )


def _check_channel(fields: Fields, reading: Reading, *, around: Around) -> None:
    name = fields.get("channel")
    if name is not None and name not in around.channels():
        hint = did_you_mean(name, around.channels())
        reading.error(fields.value_place("channel"), f"unknown channel `{name[:60]}`", hint)


def _check_tier(cap: Fields, policy: Fields, reading: Reading, *, tiers: tuple[Tier, ...]) -> None:
    """Refuse a tier that the file does not name, where it can be told which it names."""
    name, known = cap.get("tier"), [tier.name for tier in tiers]
    is_told = "tiers" in policy or not policy.gives("tiers")
    if name is not None and name not in known and is_told:
        hint = did_you_mean(name, known) or "name it under `tiers`"
        reading.error(cap.value_place("tier"), f"unknown tier `{name[:60]}`", hint)


def _check_purpose(fields: Fields, reading: Reading, *, purposes: Mapping[str, Purpose]) -> None:
    """Refuse a purpose that does not exist, and warn of one that no cap holds for."""
    name = fields.get("purpose")
    if name is None or not purposes:
        return
    if name not in purposes:
        hint = did_you_mean(name, purposes) or "name it under `purposes`"
        reading.error(fields.value_place("purpose"), f"unknown purpose `{name[:60]}`", hint)
    elif not purposes[name].caps:
        hint = f"write `{name}: {{caps: true}}` under `purposes`, or leave the cap out"
        reading.warn(fields.value_place("purpose"), f"no cap holds for the purpose `{name[:60]}`", hint)


def _group(fields: Fields) -> Group:
    return Group(fields.get("times") or 1, fields.get("per") or 1, fields.get("loser"))


def _guard(fields: Fields | None) -> Guard | None:
    if fields is None or "firings" not in fields or "per" not in fields:
        return None
    return Guard(fields.get("firings"), fields.get("per"))
