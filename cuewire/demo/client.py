"""What the story may know: the answers of the HTTP API and of the sandbox's ledger, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from cuewire.demo.server import Addresses

Row = dict[str, Any]
TIMEOUT = 60
LIMIT = 200


class Api:
    """Reads the server's API and the sandbox's control routes."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the machine must not see loopback traffic
        self._key = {"Authorization": f"Bearer {addresses.api_key}"}

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def profile(self, namespace: str, value: str) -> Row | None:
        """Find a person by an identifier."""
        url = f"{self._addresses.server}/api/profiles/{namespace}/{quote(value, safe='')}"
        answer = self._session.get(url, headers=self._key, timeout=TIMEOUT)
        if answer.status_code == requests.codes.not_found:
            return None
        answer.raise_for_status()
        profile: Row = answer.json()
        return profile

    def rows(self, kind: str) -> list[Row]:
        """List events, decisions or deliveries, oldest first."""
        url = f"{self._addresses.server}/api/{kind}"
        answer = self._session.get(url, params={"limit": LIMIT}, headers=self._key, timeout=TIMEOUT)
        answer.raise_for_status()
        rows: list[Row] = answer.json()[kind]
        return rows[::-1]

    def arrived(self, kind: str) -> list[Row]:
        """List the requests, the messages or the contacts that reached the sandbox, oldest first."""
        answer = self._session.get(f"{self._addresses.sandbox}/sandbox/{kind}", timeout=TIMEOUT)
        answer.raise_for_status()
        rows: list[Row] = answer.json()[kind]
        return rows

    def console_link(self) -> str:
        """Ask for a link that signs in to the console once."""
        url = f"{self._addresses.server}/api/console-link"
        answer = self._session.post(url, headers=self._key, timeout=TIMEOUT)
        answer.raise_for_status()
        link: str = answer.json()["url"]
        return link

    def ask_for_fault(self, **fault: Any) -> None:
        """Make the sandbox fail once."""
        answer = self._session.post(f"{self._addresses.sandbox}/sandbox/faults", json=fault, timeout=TIMEOUT)
        answer.raise_for_status()


@dataclass
class Snapshot:
    """Everything as it was read last; ``statuses`` keeps each status that a delivery was ever seen in."""

    events: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    profiles: dict[str, Row] = field(default_factory=dict)
    statuses: dict[str, list[str]] = field(default_factory=dict)

    def read(self, api: Api) -> None:
        """Read all of it anew."""
        self.events, self.decisions = api.rows("events"), api.rows("decisions")
        self.deliveries = api.rows("deliveries")
        self.requests, self.messages = api.arrived("requests"), api.arrived("messages")
        self.contacts = api.arrived("contacts")
        for delivery in self.deliveries:
            seen = self.statuses.setdefault(delivery["id"], [])
            if delivery["status"] not in seen[-1:]:
                seen.append(delivery["status"])
        for profile_id, identifiers in people(self.events).items():
            found = next((p for ns, value in identifiers if (p := api.profile(ns, value))), None)
            if found:
                self.profiles[profile_id] = found

    def person(self, profile_id: str) -> Row | None:
        """Find a profile by its id or by one that was merged into it."""
        for profile in self.profiles.values():
            if profile_id == profile["id"] or profile_id in profile.get("merged_from", ()):
                return profile
        return None

    def known_as(self, namespace: str, value: str) -> Row | None:
        """Find the profile that owns an identifier."""
        owners = (p for p in self.profiles.values() if value in p.get("identifiers", {}).get(namespace, ()))
        return next(owners, None)

    def of(self, rows: list[Row], profile: Row | None) -> list[Row]:
        """Narrow rows to those of one person, whatever id the person had when they were made."""
        if profile is None:
            return []
        own = {profile["id"], *profile.get("merged_from", ())}
        return [row for row in rows if row["profile_id"] in own]


def people(events: list[Row]) -> dict[str, list[tuple[str, str]]]:
    """Give each profile's identifiers as its events name them, the latest event first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for event in reversed([event for event in events if event["profile_id"]]):
        pairs = [(ns, value) for ns, values in event.get("identifiers", {}).items() for value in values]
        found.setdefault(event["profile_id"], []).extend(pairs)
    return found
