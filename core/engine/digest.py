"""Ids that derive from content, so that a replay, a reload or a merge arrives at the same one."""

from __future__ import annotations

from hashlib import blake2b

#: Stands between the id of a step's delivery and the channel by which it went when the first was refused.
_BY = "-"


def derive(prefix: str, *parts: str) -> str:
    """Hash the parts into an id; a separator that no part can imitate keeps ("a", "b") apart from ("ab")."""
    told = [part.encode("utf-8", "surrogatepass") for part in parts]
    whole = b"".join([len(data).to_bytes(4, "big") + data for data in told])
    return f"{prefix}_{blake2b(whole, digest_size=12).hexdigest()}"


def decision_id(trigger: str, event_id: str, key: str) -> str:
    """Name the decision of a trigger at an anchor event."""
    return derive("d", trigger, event_id, key)


def action_id(trigger: str, event_id: str, key: str, step: int) -> str:
    """Name one step's delivery."""
    return derive("a", trigger, event_id, key, str(step))


def stop_id(delivery_id: str, due_at: int) -> str:
    """Name the decision that says why a delivery did not leave when it was due; one redriven has another turn."""
    return derive("d", delivery_id, "stopped", str(due_at))


def spare_id(delivery_id: str, channel: str) -> str:
    """Name the delivery that goes by another channel in place of one that was refused."""
    return f"{first_id(delivery_id)}{_BY}{channel}"


def first_id(delivery_id: str) -> str:
    """Give the id of the step's first delivery."""
    return delivery_id.partition(_BY)[0]


def profile_id(namespace: str, value: str) -> str:
    """Name the profile that begins with this identifier."""
    return derive("p", namespace, value)
