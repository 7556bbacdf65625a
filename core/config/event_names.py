"""Warn of files that wait for an event whose name nothing else knows: most often it is mistyped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.config.nearest import distance
from core.config.node import Mark
from core.config.problem import Problem
from core.engine.event import NAMES_OF_TYPES
from core.engine.rule import DwellAnchor, SourceMapping

#: Names of the Segment spec: e-commerce, business accounts, apps, e-mail, chat, experiments.
SPEC = tuple(
    """
    Products Searched, Product List Viewed, Product List Filtered, Promotion Viewed, Promotion Clicked,
    Product Clicked, Product Viewed, Product Added, Product Removed, Cart Viewed, Checkout Started,
    Checkout Step Viewed, Checkout Step Completed, Payment Info Entered, Order Completed, Order Updated,
    Order Refunded, Order Cancelled, Coupon Entered, Coupon Applied, Coupon Denied, Coupon Removed,
    Product Added to Wishlist, Product Removed from Wishlist, Wishlist Product Added to Cart, Product Shared,
    Cart Shared, Product Reviewed, Account Created, Account Deleted, Signed Up, Signed In, Signed Out,
    Account Added User, Account Removed User, Invite Sent, Trial Started, Trial Ended, Application Installed,
    Application Opened, Application Backgrounded, Application Updated, Application Uninstalled,
    Application Crashed, Install Attributed, Push Notification Received, Push Notification Tapped,
    Push Notification Bounced, Deep Link Opened, Deep Link Clicked, Email Delivered, Email Opened,
    Email Link Clicked, Email Bounced, Email Marked as Spam, Unsubscribed, Live Chat Conversation Started,
    Live Chat Message Sent, Live Chat Message Received, Live Chat Conversation Ended, Experiment Viewed,
    Audience Entered, Audience Exited, Trait Computed
    """.replace("\n", " ").split(",")
)

#: What pages send of themselves, and what dwell anchors wait for.
OF_PAGES = {*DwellAnchor(0).enter, *DwellAnchor(0).leave, *DwellAnchor(0).beat}

KNOWN = frozenset(" ".join(name.split()) for name in SPEC) | set(NAMES_OF_TYPES.values()) | OF_PAGES

#: So many letters apart a name is another one: `Plan Viewed` is not `Page Viewed`.
SLIP = 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """One file, a trigger's or the profile: the events that it names, and where."""

    file: str
    is_draft: bool
    names: tuple[tuple[str, Mark], ...]


def unseen(
    waiting: Iterable[Waiting], mappings: Sequence[SourceMapping], tried: Collection[str]
) -> list[Problem]:
    """Warn of names that neither the spec nor a source knows; ``tried`` are those in the tests' timelines.

    A name of one's own is known once another file or a test names it too; one that looks mistyped is told anyway.
    """
    files = list(waiting)
    ours = {name for mapping in mappings for name in mapping.events.values()}
    renamed = {
        old: (new, mapping.name) for mapping in mappings for old, new in mapping.events.items() if old != new
    }
    known = KNOWN | ours
    problems = []
    for file in files:
        others = {name for other in files if other is not file for name, _ in other.names}
        for name, mark in file.names:
            told = name in known or _explain(name, known, renamed)
            if told is True or (not told and (file.is_draft or name in others or name in tried)):
                continue
            message, hint = told or _stranger(name)
            problems.append(Problem(file.file, mark.line, mark.column, message, hint, "warning"))
    return problems


def _explain(
    name: str, known: Collection[str], renamed: Mapping[str, tuple[str, str]]
) -> tuple[str, str] | None:
    """Say why a name will not come as it is written, where that can be told."""
    if name in renamed:
        new, source = renamed[name]
        return f"the event `{name}` never comes: sources/{source}.yaml renames it", f"write `{new}`"
    near = _meant(name, known)
    return (f"no event `{name}` is known", f"did you mean `{near}`?") if near else None


def _stranger(name: str) -> tuple[str, str]:
    hint = "check the spelling; if it is yours, name it in a test, or under `events:` of its source"
    return f"the event `{name[:60]}` was never seen: no source, test or other file names it", hint


def _meant(name: str, known: Collection[str]) -> str:
    """Find the known name that is a slip away: a few letters, the case, or `_` for spaces."""
    plain = _plain(name)
    ranked = sorted((distance(plain, _plain(one)), one) for one in known)
    steps, best = ranked[0]
    return best if steps <= min(SLIP, len(plain) // 3) else ""


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())
