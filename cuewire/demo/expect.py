"""What must be read back for the story to be true."""

from __future__ import annotations

from datetime import datetime

from cuewire.demo.client import Row, Snapshot
from cuewire.demo.people import ANNA, BEN, Person

MESSAGES_PATH = "/Messages.json"

#: HubSpot's rolling limit, and how far apart two processes may note the same moment.
LIMIT_SECONDS = 10.0
CLOCK_SECONDS = 0.1


def person(snapshot: Snapshot, who: Person) -> Row | None:
    """Find somebody's profile by the user id, else by the visitor's."""
    return snapshot.known_as("user_id", who.user_id) or snapshot.known_as("anonymous_id", who.anonymous_id)


def decision(snapshot: Snapshot, who: Person, trigger: str, outcome: str) -> Row | None:
    """Find the last decision of a trigger on somebody with this outcome."""
    own = snapshot.of(snapshot.decisions, person(snapshot, who))
    return next((d for d in reversed(own) if (d["trigger"], d["outcome"]) == (trigger, outcome)), None)


def delivery(snapshot: Snapshot, destination: str) -> Row | None:
    """Find Anna's delivery to a destination."""
    own = snapshot.of(snapshot.deliveries, person(snapshot, ANNA))
    return next((d for d in own if d["destination"] == destination), None)


def came_to(found: Row, outcome: str) -> bool:
    """See that the first attempt of a delivery had this outcome."""
    return bool(found["attempts"]) and found["attempts"][0]["outcome"] == outcome


def views(snapshot: Snapshot) -> list[Row]:
    """List the product views that were applied to Anna, by their own time."""
    own = snapshot.of(snapshot.events, person(snapshot, ANNA))
    found = [e for e in own if e["event"] == "Product Viewed" and e["status"] == "applied"]
    return sorted(found, key=lambda event: str(event["timestamp"]))


def views_are_applied(snapshot: Snapshot, *, count: int) -> bool:
    """See so many views of one visitor."""
    return len(views(snapshot)) == count


def interest_fired(snapshot: Snapshot) -> bool:
    """Find the decision anchored to the third view, not to a later moment."""
    fired = decision(snapshot, ANNA, "product_interest", "fired")
    return fired is not None and fired["event_id"] == views(snapshot)[-1]["id"]


def braze_waits(snapshot: Snapshot) -> bool:
    """See that the first answer was 429 and that the delivery then said it will try again."""
    found = delivery(snapshot, "braze")
    answers = [entry["status"] for entry in snapshot.requests if entry["vendor"] == "braze"]
    return found is not None and answers[:1] == [429] and came_to(found, "retrying")


def visitor_is_anna(snapshot: Snapshot) -> bool:
    """See that the visitor's id and the user id lead to the same profile."""
    visitor = snapshot.known_as("anonymous_id", ANNA.anonymous_id)
    known = snapshot.known_as("user_id", ANNA.user_id)
    return visitor is not None and known is not None and visitor["id"] == known["id"]


def ben_is_not_met(snapshot: Snapshot) -> bool:
    """Find the decision on Ben's cart, with the gate that failed."""
    found = decision(snapshot, BEN, "abandoned_cart", "not_met")
    return found is not None and any(not reason["passed"] for reason in found["reasons"])


def cart_fired(snapshot: Snapshot) -> bool:
    """Find the decision on Anna's cart, under the cart's key."""
    found = decision(snapshot, ANNA, "abandoned_cart", "fired")
    return found is not None and found["key"] == ANNA.cart_id


def sms_is_unknown(snapshot: Snapshot) -> bool:
    """See that the delivery did not know whether its message exists."""
    found = delivery(snapshot, "twilio")
    return found is not None and came_to(found, "unknown")


def sms_is_settled(snapshot: Snapshot) -> bool:
    """See it delivered after its one attempt, and the callback taken by the server."""
    found = delivery(snapshot, "twilio")
    told = [c["answer"] for m in snapshot.messages for c in m["callbacks"] if c["status"] == "delivered"]
    is_taken = bool(told) and all(answer is not None and answer < 300 for answer in told)
    return is_taken and found is not None and (found["status"], len(found["attempts"])) == ("delivered", 1)


def braze_is_delivered(snapshot: Snapshot) -> bool:
    """See two attempts and two requests: 429, then 201."""
    found = delivery(snapshot, "braze")
    answers = [entry["status"] for entry in snapshot.requests if entry["vendor"] == "braze"]
    is_done = found is not None and (found["status"], len(found["attempts"])) == ("delivered", 2)
    return is_done and answers == [429, 201]


def one_sms_for_anna(snapshot: Snapshot) -> bool:
    """Find one message and one request to send one, in the vendor's own books."""
    sends = [e for e in snapshot.requests if e["method"] == "POST" and e["path"].endswith(MESSAGES_PATH)]
    return [message["to"] for message in snapshot.messages] == [ANNA.phone] and len(sends) == 1


def nothing_for_ben(snapshot: Snapshot) -> bool:
    """See that Ben is known, and has no delivery and no message."""
    ben = snapshot.known_as("user_id", BEN.user_id)
    reached = [message for message in snapshot.messages if message["to"] == BEN.phone]
    return ben is not None and not reached and not snapshot.of(snapshot.deliveries, ben)


def nothing_else(snapshot: Snapshot, *, wanted: list[str]) -> bool:
    """Find one delivery to each of these destinations and no other."""
    return sorted(d["destination"] for d in snapshot.deliveries) == wanted


def sources(snapshot: Snapshot) -> set[str]:
    """Name the sources whose events were applied to Anna."""
    own = snapshot.of(snapshot.events, snapshot.known_as("user_id", ANNA.user_id))
    return {event["source"] for event in own if event["status"] == "applied"}


def tealium_is_anna(snapshot: Snapshot) -> bool:
    """See Tealium's event on Anna's profile, and its visitor id among hers."""
    anna = snapshot.known_as("user_id", ANNA.user_id) or {}
    is_known = ANNA.tealium_visitor_id in anna.get("identifiers", {}).get("tealium_visitor_id", ())
    return is_known and sources(snapshot) >= {"segment", "tealium"}


def all_sources_are_anna(snapshot: Snapshot) -> bool:
    """See mParticle's event there too, and its id digit by digit."""
    anna = snapshot.known_as("user_id", ANNA.user_id) or {}
    is_known = str(ANNA.mpid) in anna.get("identifiers", {}).get("mpid", ())
    # The CRMs' answers are events of hers too, and may come before anybody has looked.
    return is_known and sources(snapshot) >= {"segment", "tealium", "mparticle"}


def loyalty_fired(snapshot: Snapshot) -> bool:
    """Find the decision on mParticle's event."""
    found = decision(snapshot, ANNA, "loyal_customer", "fired")
    anchor = next((e for e in snapshot.events if found and e["id"] == found["event_id"]), None)
    return anchor is not None and anchor["source"] == "mparticle"


def hubspot_waits(snapshot: Snapshot) -> bool:
    """See that the first answer was 429 and that the delivery is due ten seconds after it."""
    found = delivery(snapshot, "hubspot")
    requests = upserts(snapshot)
    if found is None or not came_to(found, "retrying") or not requests:
        return False
    is_due = instant(found["due_at"]) >= instant(requests[0]["at"]) + LIMIT_SECONDS - CLOCK_SECONDS
    return is_due and requests[0]["status"] == 429


def salesforce_is_delivered(snapshot: Snapshot) -> bool:
    """See one attempt, and the contact in Salesforce's books whether HubSpot's is there yet or not."""
    found = delivery(snapshot, "salesforce")
    is_done = found is not None and (found["status"], len(found["attempts"])) == ("delivered", 1)
    return is_done and "salesforce" in [contact["vendor"] for contact in snapshot.contacts]


def hubspot_is_delivered(snapshot: Snapshot) -> bool:
    """See two attempts and two requests, ten seconds apart: 429, then 200."""
    found = delivery(snapshot, "hubspot")
    requests = upserts(snapshot)
    if found is None or [entry["status"] for entry in requests] != [429, 200]:
        return False
    waited = instant(requests[1]["at"]) - instant(requests[0]["at"])
    is_done = (found["status"], len(found["attempts"])) == ("delivered", 2)
    return is_done and waited >= LIMIT_SECONDS - CLOCK_SECONDS


def contacts_are_whole(snapshot: Snapshot) -> bool:
    """See first name (Segment), last name and city (Tealium) and level (mParticle) in both CRMs."""
    whole = {ANNA.first_name, ANNA.last_name, ANNA.city, ANNA.email, "gold"}
    held = {contact["vendor"]: whole <= set(contact["fields"].values()) for contact in snapshot.contacts}
    return held == {"hubspot": True, "salesforce": True} and len(snapshot.contacts) == len(held)


def upserts(snapshot: Snapshot) -> list[Row]:
    """List the requests that reached HubSpot."""
    return [entry for entry in snapshot.requests if entry["vendor"] == "hubspot"]


def instant(text: str) -> float:
    """Read a time as seconds."""
    return datetime.fromisoformat(text).timestamp()
