"""Forty minutes in a shop, with something of everything that the console shows."""

from __future__ import annotations

from typing import Any

from browser.shop import Shop, until

AGREED = {"consent": {"categoryPreferences": {"Advertising": True}}}
REFUSED = {"consent": {"categoryPreferences": {"Advertising": False}}}
MINUTES = 36


def track(event: str, **properties: Any) -> dict[str, Any]:
    """Make a track call."""
    return {"type": "track", "event": event, "properties": properties}


def cart(name: str, cart_id: str, price: float, quantity: int = 1) -> dict[str, Any]:
    """Make a call that puts something into a cart."""
    return track("Product Added", name=name, cart_id=cart_id, price=price, quantity=quantity)


def tell(shop: Shop) -> None:
    """Let it happen; it ends at the present."""
    look_around(shop)
    sign_in(shop)
    fill_carts(shop)
    leave_carts(shop)
    end(shop)


def look_around(shop: Shop) -> None:
    """Let a visitor look at three machines; Braze fails once before it takes the news."""
    shop.fault(vendor="braze", path="/users/track", status=503)
    for product, price in (("Espresso Machine", 420), ("Milk Jug", 18), ("Coffee Grinder", 89)):
        shop.send(track("Product Viewed", name=product, price=price), anonymousId="visitor-7f3a")
        shop.pass_time(0.7)
    until(shop.delivered("delivered"))


def sign_in(shop: Shop) -> None:
    """Let the visitor turn out to be Anna, known from her phone; Ben uses the same device."""
    anna = {
        "firstName": "Anna",
        "lastName": "Lindqvist",
        "email": "anna@example.com",
        "phone": "+14155550132",
    }
    shop.send({"type": "identify", "traits": anna | {"plan": "pro"}}, userId="anna", context=AGREED)
    shop.pass_time(2)
    shop.send({"type": "identify", "traits": {}}, userId="anna", anonymousId="visitor-7f3a")
    shop.pass_time(1)
    ben = {"firstName": "Ben", "lastName": "Okafor", "email": "ben@example.com"}
    shop.send({"type": "identify", "traits": ben}, userId="ben", anonymousId="visitor-7f3a", context=AGREED)
    shop.pass_time(1)


def fill_carts(shop: Shop) -> None:
    """Let five people fill carts; Ben orders, Carla's is small, Dan has not agreed, Emil's number is wrong."""
    shop.send(cart("Coffee Grinder", "cart-118", 89), cart("Milk Jug", "cart-118", 18, 2), userId="anna")
    shop.send(cart("Kettle", "cart-119", 64), userId="ben")
    shop.pass_time(2)
    for user, name, number, context in (
        ("carla", "Carla Reyes", "+14155550177", AGREED),
        ("dan", "Dan Weber", "+14155550190", REFUSED),
        ("emil", "Emil Novak", "+15005550001", AGREED),
    ):
        traits = {"name": name, "email": f"{user}@example.com", "phone": number}
        shop.send({"type": "identify", "traits": traits}, userId=user, context=context)
    shop.send(cart("Filter Paper", "cart-120", 6, 3), userId="carla")
    shop.send(cart("Espresso Machine", "cart-121", 420), userId="dan")
    shop.send(cart("Coffee Grinder", "cart-122", 89), userId="emil")
    shop.pass_time(4)
    shop.send(track("Order Completed", cart_id="cart-119", revenue=64), userId="ben")


def leave_carts(shop: Shop) -> None:
    """Let fifteen minutes pass; the answer to Anna's SMS is lost, and settled by Twilio's callback."""
    shop.fault(vendor="twilio", method="POST", drop="after")
    shop.pass_time(9.4)
    # By its attempt, which stays: the callback may settle the delivery before anybody has looked.
    until(lambda: any(one.outcome == "unknown" for row in shop.deliveries() for one in row.attempts))
    until(shop.delivered("delivered", 2))
    shop.pass_time(2.2)
    until(shop.delivered("rejected"))
    shop.pass_time(4)
    shop.send({"type": "track", "event": "Page Opened"}, anonymousId="null")
    shop.pass_time(3)


def end(shop: Shop) -> None:
    """Let Carla cancel, which a shadow trigger looks at; Anna comes back and starts another cart."""
    shop.send(track("Subscription Cancelled", reason="too dear"), userId="carla")
    until(shop.decided("win_back", "fired"))
    shop.pass_time(5)
    shop.send(cart("Burr Set", "cart-130", 34, 2), userId="anna")
