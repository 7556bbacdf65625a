"""What a delivery costs over the bare call of its vendor's SDK: by our adapter alone, and by the whole dispatcher."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import requests

from benchmarks.child import ask
from benchmarks.delivering import AT_A_TIME, Cost, Mismatch, cost, destination, hand_over, row
from connectors.base import Destination
from core.ports import Delivered

#: Calls of one side before the other has its turn again: what else the machine does meets both alike.
STRETCH = 20
TURNS = 3
KINDS = "abcd"

Settings = Mapping[str, str]
Call = Callable[[str], object]


class Vendor(NamedTuple):
    """A vendor, the call of its SDK that ``bare`` makes ready, and our action with the fields that come to it."""

    name: str
    call: str
    bare: Callable[[Settings], Call]
    action: str
    fields: Callable[[str], dict[str, Any]]


def twilio(settings: Settings) -> Call:
    """Make Twilio's client ready; its address is the only thing that is changed."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    http = TwilioHttpClient(timeout=10.0)
    http.session.trust_env = False
    client = Client(
        settings["CUEWIRE_TWILIO_ACCOUNT_SID"], settings["CUEWIRE_TWILIO_AUTH_TOKEN"], http_client=http
    )
    client.api.base_url = settings["CUEWIRE_TWILIO_BASE_URL"]
    sender = settings["CUEWIRE_TWILIO_FROM"]
    return lambda tag: client.messages.create(to="+4915112345678", from_=sender, body=tag)


def hubspot(settings: Settings) -> Call:
    """Make HubSpot's client ready, its API object held: each access through the client would open a new pool."""
    from hubspot import HubSpot
    from hubspot.crm.contacts import (
        BatchInputSimplePublicObjectBatchInputUpsert,
        SimplePublicObjectBatchInputUpsert,
    )

    client = HubSpot(
        access_token=settings["CUEWIRE_HUBSPOT_ACCESS_TOKEN"], host=settings["CUEWIRE_HUBSPOT_BASE_URL"]
    )
    api = client.crm.contacts.batch_api

    def call(tag: str) -> object:
        one = SimplePublicObjectBatchInputUpsert(
            id=f"{tag}@example.com", id_property="email", properties={"firstname": "Ada"}
        )
        return api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=[one]))

    return call


def salesforce(settings: Settings) -> Call:
    """Sign in and make simple-salesforce's object ready; its address is the only thing that is changed."""
    from simple_salesforce.api import SFType

    base = settings["CUEWIRE_SALESFORCE_BASE_URL"]
    known = (settings["CUEWIRE_SALESFORCE_CONSUMER_KEY"], settings["CUEWIRE_SALESFORCE_CONSUMER_SECRET"])
    session = requests.Session()
    session.trust_env = False
    asked = {"grant_type": "client_credentials"}
    token = session.post(f"{base}/services/oauth2/token", data=asked, auth=known, timeout=30).json()[
        "access_token"
    ]
    contact = SFType("Contact", token, "localhost", "60.0", session=session)
    contact.base_url = f"{base}/services/data/v60.0/sobjects/Contact/"
    return lambda tag: contact.upsert(f"Cuewire_Id__c/{tag}", {"LastName": "Lovelace"})


VENDORS = (
    Vendor(
        "twilio",
        "messages.create",
        twilio,
        "send_message",
        lambda tag: {"to": "+4915112345678", "body": tag},
    ),
    Vendor(
        "hubspot",
        "contacts.batch_api.upsert of one",
        hubspot,
        "upsert_contact",
        lambda tag: {"email": f"{tag}@example.com", "firstname": "Ada"},
    ),
    Vendor(
        "salesforce",
        "Contact.upsert",
        salesforce,
        "upsert_contact",
        lambda tag: {"external_id_field": "Cuewire_Id__c", "external_id": tag, "LastName": "Lovelace"},
    ),
)


class Turn(NamedTuple):
    """One turn of each: the SDK and our adapter one by one, then the SDK and the dispatcher several at a time."""

    one_bare: Cost
    adapter: Cost
    bare: Cost
    dispatcher: Cost


def compare(folder: Path, settings: Settings, port: int, *, quick: bool) -> list[dict[str, Any]]:
    """Let each vendor's SDK and ours take turns against one sandbox; what arrived is read back."""
    number, turns = (10, 1) if quick else (400, TURNS)
    return [one_vendor(folder, settings, vendor, port=port, number=number, turns=turns) for vendor in VENDORS]


def one_vendor(
    folder: Path, settings: Settings, vendor: Vendor, *, port: int, number: int, turns: int
) -> dict[str, Any]:
    """Compare with one vendor's SDK; the first turn warms up."""
    bare, ours = vendor.bare(settings), destination(vendor.name, vendor.name, settings)
    found = []
    for index in range(turns + 1):
        tags = {kind: [f"cw{kind}{index}x{i}y" for i in range(number)] for kind in KINDS}
        found.append(turn(folder / f"{vendor.name}{index}", vendor, bare, ours=ours, tags=tags))
    wanted = {f"cw{kind}{index}x{i}y" for kind in KINDS for index in range(turns + 1) for i in range(number)}
    check(vendor.name, wanted, arrived=ask(port, f"/sandbox/requests?vendor={vendor.name}").text)
    return summary(vendor, found[1:], number)


def turn(
    folder: Path, vendor: Vendor, bare: Call, *, ours: Destination, tags: Mapping[str, list[str]]
) -> Turn:
    """Take one turn of each."""
    one_bare, adapter = one_by_one(bare, lambda tag: send(vendor, ours, tag), tags["a"], tags["b"])
    with ThreadPoolExecutor(AT_A_TIME) as pool, cost() as several:
        list(pool.map(bare, tags["c"]))
    rows = [
        row(f"d-{place}", vendor.name, vendor.action, vendor.fields(tag))
        for place, tag in enumerate(tags["d"])
    ]
    return Turn(one_bare, adapter, several[0], hand_over(folder, [ours], rows))


def send(vendor: Vendor, ours: Destination, tag: str) -> None:
    """Send one delivery by the adapter alone."""
    (outcome,) = ours.send(vendor.action, [row("d-1", vendor.name, vendor.action, vendor.fields(tag))])
    if not isinstance(outcome, Delivered):
        raise Mismatch(f"{vendor.name} did not take a delivery: {outcome.reason}")


def one_by_one(bare: Call, ours: Call, theirs: list[str], own: list[str]) -> tuple[Cost, Cost]:
    """Let the two take turns of a few calls each, one call at a time; give what either took in all."""
    found: tuple[list[Cost], list[Cost]] = ([], [])
    for start in range(0, len(own), STRETCH):
        for call, tags, costs in ((bare, theirs, found[0]), (ours, own, found[1])):
            with cost() as taken:
                for tag in tags[start : start + STRETCH]:
                    call(tag)
            costs += taken
    first, second = (
        Cost(sum(one.seconds for one in costs), sum(one.processor for one in costs)) for costs in found
    )
    return first, second


def check(vendor: str, wanted: set[str], *, arrived: str) -> None:
    """Refuse unless each of the calls is among what arrived, and once."""
    found = Counter(re.findall(r"cw[a-d]\d+x\d+y", arrived))
    if set(found) != wanted or found.total() != len(wanted):
        raise Mismatch(
            f"{vendor}: {len(wanted)} sent, {len(wanted & set(found))} of them arrived, {found.total()} in all"
        )


def summary(vendor: Vendor, turns: list[Turn], number: int) -> dict[str, Any]:
    """Give the medians over the turns; ratios are those within a turn."""

    def times(costs: list[Cost]) -> dict[str, float]:
        return {
            "ms": round(statistics.median(one.seconds for one in costs) / number * 1_000, 2),
            "processor_ms": round(statistics.median(one.processor for one in costs) / number * 1_000, 2),
        }

    def ratios(pairs: list[tuple[Cost, Cost]]) -> dict[str, float]:
        return {
            "ratio": round(statistics.median(ours.seconds / bare.seconds for bare, ours in pairs), 2),
            "processor_ratio": round(
                statistics.median(ours.processor / bare.processor for bare, ours in pairs), 2
            ),
        }

    return {
        "vendor": vendor.name,
        "call": vendor.call,
        "deliveries": number,
        "bare_alone": times([one.one_bare for one in turns]),
        "adapter": {
            **times([one.adapter for one in turns]),
            **ratios([(one.one_bare, one.adapter) for one in turns]),
        },
        "bare": times([one.bare for one in turns]),
        "dispatcher": {
            **times([one.dispatcher for one in turns]),
            **ratios([(one.bare, one.dispatcher) for one in turns]),
        },
    }


def line(found: dict[str, Any]) -> str:
    """Write what was found of one vendor for people."""
    alone, adapter, bare, ours = (found[name] for name in ("bare_alone", "adapter", "bare", "dispatcher"))
    return (
        f"  {found['vendor']}: {found['call']} {alone['ms']} ms ({alone['processor_ms']} ms of the processor), "
        f"our adapter {adapter['ratio']} ({adapter['processor_ratio']}) of that\n"
        f"    {AT_A_TIME} at a time {bare['ms']} ms ({bare['processor_ms']}), "
        f"by the dispatcher {ours['ms']} ms ({ours['processor_ms']}): {ours['ratio']} ({ours['processor_ratio']})"
    )
