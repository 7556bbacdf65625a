"""What must be true after the kills: judged from the client's ledger, the API and the sandbox's ledger alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crash.load import Request
from crash.world import SandboxProcess, Server

#: An effect at a destination: what kind, and the event or cart it is for.
Effect = tuple[str, str]

ONCE = ("track", "welcome", "cart")


@dataclass
class Found:
    """Everything that was there at the end."""

    requests: list[Request]
    events: list[dict[str, Any]]
    decisions: dict[str, dict[str, Any]]
    deliveries: list[dict[str, Any]]
    effects: Counter[Effect]
    faults: dict[str, dict[str, int]]
    dropped: int
    integrity: str = ""
    stored: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.stored = {row["id"] for row in self.events if row["status"] == "applied"}

    def acked(self) -> set[str]:
        """Name the events of the calls that were answered with a 2xx."""
        return {
            event["messageId"] for request in self.requests if request.acked_at for event in request.events
        }

    def expected(self) -> set[Effect]:
        """Name the effects that the stored events ask for."""
        return {effect for request in self.requests for effect in wanted(request, self.stored)}

    def statuses(self) -> dict[Effect, str]:
        """Give each delivery's status by the effect it stands for."""
        found = {}
        for row in self.deliveries:
            decision = self.decisions[row["decision_id"]]
            found[effect_of(row, decision)] = row["status"]
        return found


def wanted(request: Request, stored: set[str]) -> Iterator[Effect]:
    """Give what one call's stored events ask for; a cart is left when nothing was bought with it."""
    for event in request.events:
        if event["messageId"] not in stored:
            continue
        if event["event"] == "Order Completed":
            yield ("track", event["messageId"])
            yield ("attributes", event["messageId"])
        elif event["event"] == "Signed Up":
            yield ("welcome", event["messageId"])
        elif request.kind == "left":
            yield ("cart", request.cart)


def effect_of(delivery: dict[str, Any], decision: dict[str, Any]) -> Effect:
    """Name the effect that a delivery is for."""
    if decision["trigger"] == "cart_left":
        return ("cart", decision["key"])
    if decision["trigger"] == "signed_up":
        return ("welcome", decision["event_id"])
    return ("track" if delivery["action"] == "track_event" else "attributes", decision["event_id"])


def look(server: Server, sandbox: SandboxProcess, requests: list[Request]) -> Found:
    """Read back everything."""
    return Found(
        requests,
        server.listing("events"),
        {row["id"]: row for row in server.listing("decisions")},
        server.listing("deliveries"),
        effects(sandbox),
        sandbox.injected(),
        dropped(sandbox),
    )


def effects(sandbox: SandboxProcess) -> Counter[Effect]:
    """Count what took effect at the fake vendors."""
    found: Counter[Effect] = Counter()
    for message in sandbox.messages():
        kind, _, name = message["body"].partition(" ")
        found[kind, name] += 1
    for entry in sandbox.arrived():
        if entry["vendor"] == "braze" and entry["fault"] in (None, "delay", "drop_after"):
            found.update(("track", one["properties"]["tag"]) for one in entry["body"].get("events", []))
            found.update(("attributes", one["last_order"]) for one in entry["body"].get("attributes", []))
    return found


def dropped(sandbox: SandboxProcess) -> int:
    """Count the deliveries whose request or answer the sandbox dropped; one request to Braze may bring several."""
    lost = [entry for entry in sandbox.arrived() if str(entry["fault"]).startswith("drop")]
    return sum(
        len([*entry["body"].get("events", []), *entry["body"].get("attributes", [])])
        if entry["vendor"] == "braze"
        else 1
        for entry in lost
    )


def faults_of(found: Found, interrupted: set[str]) -> list[str]:
    """Give every sentence that this run proves wrong; none is the verdict hoped for."""
    return [*stored_wrongly(found), *sent_wrongly(found), *unknown_wrongly(found, interrupted)]


def stored_wrongly(found: Found) -> Iterator[str]:
    """Every 2xx is stored, once, and nothing that nobody sent."""
    if lost := found.acked() - found.stored:
        yield f"acknowledged but not stored: {sorted(lost)}"
    sent = {event["messageId"] for request in found.requests for event in request.events}
    if invented := found.stored - sent:
        yield f"stored but never sent: {sorted(invented)}"
    times = Counter(row["id"] for row in found.events if row["status"] == "applied")
    if twice := [name for name, count in times.items() if count > 1]:
        yield f"applied twice: {twice}"
    if aside := [row["id"] for row in found.events if row["status"] == "set_aside"]:
        yield f"set aside: {aside}"
    if found.integrity not in ("", "ok"):
        yield f"integrity: {found.integrity}"


def sent_wrongly(found: Found) -> Iterator[str]:
    """Every expected action once or flagged unknown, what may repeat at least once, and none invented."""
    expected, statuses = found.expected(), found.statuses()
    for effect in sorted(expected):
        count, status = found.effects[effect], statuses.get(effect)
        if status is None:
            yield f"no delivery for {effect}"
        elif count == 0 and status != "unknown":
            yield f"{effect} is {status} but never arrived"
        elif count > 1 and effect[0] in ONCE:
            yield f"{effect} arrived {count} times"
        if status not in (None, "delivered", "unknown"):
            yield f"{effect} ended as {status}"
    if invented := sorted(set(found.effects) - expected):
        yield f"arrived but not asked for: {invented}"
    if astray := sorted(set(statuses) - expected):
        yield f"deliveries nobody asked for: {astray}"


def unknown_wrongly(found: Found, interrupted: set[str]) -> Iterator[str]:
    """No more is unknown than was under way at a kill or lost its answer to a drop."""
    unknown = {row["id"] for row in found.deliveries if row["status"] == "unknown"}
    if len(unexplained := unknown - interrupted) > found.dropped:
        yield f"unknown without a kill or a drop: {sorted(unexplained)}, {found.dropped} drops"
    again = sum(
        count - 1 for effect, count in found.effects.items() if effect[0] == "attributes" and count > 1
    )
    if again > len(interrupted) + found.dropped:
        yield f"{again} repeated updates for {len(interrupted)} interrupted and {found.dropped} dropped"
