"""Two people in a shop: what they do goes out as their platforms send it, what came of it is read back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from segment.analytics.client import Client

from cuewire.demo import expect
from cuewire.demo.client import Api
from cuewire.demo.people import ANNA, BEN, Person
from cuewire.demo.platforms import Platforms
from cuewire.demo.server import Addresses
from cuewire.demo.watch import Watch

PRODUCTS = ("Espresso Machine", "Milk Jug", "Coffee Grinder")
CONSENT = {"consent": {"categoryPreferences": {"Advertising": True}}}


class Shop:
    """The shop's side: one Segment client with nothing but its host changed."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def view(self, person: Person, product: str) -> None:
        """Look at a product before anybody knows who it is."""
        self._track(person.anonymously, "Product Viewed", name=product, price=40)

    def sign_in(self, person: Person) -> None:
        """Say who it is, and that marketing is welcome."""
        traits = {"firstName": person.first_name, "email": person.email, "phone": person.phone}
        self._client.identify(**person.signed_in, traits=traits, context=CONSENT)
        self._client.flush()

    def fill_cart(self, person: Person) -> None:
        """Put two pieces of 40 euros into the cart."""
        item = {"name": PRODUCTS[-1], "price": 40, "quantity": 2, "currency": "EUR"}
        self._track(person.signed_in, "Product Added", cart_id=person.cart_id, **item)

    def order(self, person: Person) -> None:
        """Buy what is in the cart."""
        self._track(person.signed_in, "Order Completed", cart_id=person.cart_id, revenue=80, currency="EUR")

    def _track(self, who: dict[str, str], event: str, **properties: Any) -> None:
        self._client.track(**who, event=event, properties=properties)
        self._client.flush()


@contextmanager
def shop_at(addresses: Addresses) -> Iterator[Shop]:
    """Open a Segment client and end its threads."""
    client = Client(addresses.write_key, host=addresses.server, upload_interval=0.05, max_retries=2)
    try:
        yield Shop(client)
    finally:
        client.shutdown()


def tell(shop: Shop, api: Api, watch: Watch) -> None:
    """Let it happen; the first thing that does not is raised as ``DidNotHappen``."""
    api.ask_for_fault(vendor="braze", path="/users/track", rate_limit={"reset_in_s": 1})
    api.ask_for_fault(vendor="twilio", method="POST", drop="after")
    for number, product in enumerate(PRODUCTS, start=1):
        shop.view(ANNA, product)
        watch.until(f"product view {number} is applied", partial(expect.views_are_applied, count=number))
    watch.until("the third view fires product_interest at once", expect.interest_fired)
    watch.until("Braze's rate limit makes the delivery wait", expect.braze_waits)
    shop.sign_in(ANNA)
    watch.until("the visitor and Anna are one person", expect.visitor_is_anna)
    for act in (partial(shop.fill_cart, ANNA), partial(shop.sign_in, BEN)):
        act()
        watch.look()
    # No look between the two: it takes time, and a cart is left after four seconds.
    shop.fill_cart(BEN)
    shop.order(BEN)
    watch.look()
    watch.until("Ben's order closes his cart, and the decision says so", expect.ben_is_not_met)
    watch.until("abandoned_cart fires for Anna", expect.cart_fired)
    watch.until("the SMS whose answer was lost becomes unknown", expect.sms_is_unknown)
    watch.until("the signed status callback settles it as delivered", expect.sms_is_settled)
    watch.until("Braze takes the event at the second attempt", expect.braze_is_delivered)
    watch.until("exactly one SMS reached Anna, sent once", expect.one_sms_for_anna)
    watch.until("Ben was sent nothing", expect.nothing_for_ben)
    watch.until("nothing else was sent to anybody", partial(expect.nothing_else, wanted=["braze", "twilio"]))


def tell_of_crms(platforms: Platforms, api: Api, watch: Watch) -> None:
    """Let two more platforms speak of Anna, and the CRMs hear of her, one of them at the second attempt."""
    api.ask_for_fault(vendor="hubspot", rate_limit={"policy": "TEN_SECONDLY_ROLLING"})
    platforms.visit(ANNA)
    watch.until("Tealium's visitor is Anna, by her e-mail", expect.tealium_is_anna)
    platforms.join(ANNA)
    watch.until("mParticle's user is Anna too: three sources, one profile", expect.all_sources_are_anna)
    watch.until("loyal_customer fires for Anna", expect.loyalty_fired)
    watch.until("HubSpot's ten-second limit makes its delivery wait", expect.hubspot_waits)
    watch.until("Salesforce has the contact meanwhile", expect.salesforce_is_delivered)
    watch.until(
        "HubSpot takes the contact at the second attempt, ten seconds on", expect.hubspot_is_delivered
    )
    watch.until("both contacts hold what the three sources told", expect.contacts_are_whole)
    wanted = ["braze", "hubspot", "salesforce", "twilio"]
    watch.until("nothing else was sent to anybody", partial(expect.nothing_else, wanted=wanted))
