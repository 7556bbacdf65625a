"""mParticle's commerce events in Segment's ecommerce spelling."""

from __future__ import annotations

from webhooks.sources.commerce import renamed, spread, with_revenue
from webhooks.sources.loose import Object, a_map, maps_in, number_of, present, text_of
from webhooks.sources.mparticle.names import ACTIONS, PROMOTIONS, words

ACTION = {
    "transaction_id": "order_id",
    "total_amount": "total",
    "tax_amount": "tax",
    "shipping_amount": "shipping",
    "coupon_code": "coupon",
    "affiliation": "affiliation",
    "checkout_options": "checkout_options",
    "product_action_list": "list_id",
}
PRODUCT = {
    "id": "product_id",
    "sku": "sku",
    "name": "name",
    "brand": "brand",
    "category": "category",
    "variant": "variant",
    "position": "position",
    "price": "price",
    "quantity": "quantity",
    "coupon_code": "coupon",
}
PROMOTION = {"id": "promotion_id", "name": "name", "creative": "creative", "position": "position"}

#: One event and all its properties.
Told = tuple[str, Object]


def read_commerce(data: Object) -> list[Told]:
    """Give the events of one commerce event: an action, promotions or impressions, whichever it holds."""
    shared = present({"currency": data.get("currency_code"), "screen_name": data.get("screen_name")})
    shared |= a_map(data.get("custom_attributes"))
    action, promotion = a_map(data.get("product_action")), a_map(data.get("promotion_action"))
    impressions = [one for one in maps_in(data.get("product_impressions")) if one]
    if action:
        return product_action(action, shared)
    if promotion:
        name = PROMOTIONS.get(text_of(promotion.get("action")), "Promotion Viewed")
        promotions = maps_in(promotion.get("promotions"))
        return [(name, {**shared, **renamed(one, PROMOTION)}) for one in promotions] or [(name, shared)]
    if impressions:
        return [("Product List Viewed", shared | impression(one)) for one in impressions]
    return [(text_of(data.get("event_name")) or "Commerce Event", shared)]


def product_action(action: Object, shared: Object) -> list[Told]:
    """Give one event for each product, or one with all of them."""
    kind = text_of(action.get("action"))
    name = ACTIONS.get(kind, words(kind) or "Commerce Event")
    step = number_of(action.get("checkout_step")) or 0
    if kind == "checkout" and step > 1:
        name = "Checkout Step Viewed"
    order = with_revenue(renamed(action, ACTION))
    if step:
        order["step"] = step
    products = [product(one) for one in maps_in(action.get("products"))]
    return [(name, properties) for properties in spread(name, {**shared, **order}, products)]


def product(found: Object) -> Object:
    """Give a product in Segment's names, with its own attributes beside them."""
    return {**a_map(found.get("custom_attributes")), **renamed(found, PRODUCT)}


def impression(found: Object) -> Object:
    """Give a list of products that was shown."""
    products = [product(one) for one in maps_in(found.get("products"))]
    return present({"list_id": found.get("product_impression_list"), "products": products})
