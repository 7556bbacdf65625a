"""One Tealium event, a flat data layer, in Segment's spelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.engine.event import NAMES_OF_TYPES
from core.engine.rule import SourceMapping
from webhooks.sources.base import Call
from webhooks.sources.commerce import PER_PRODUCT, renamed, spread, with_revenue
from webhooks.sources.loose import Object, derived_id, first_time, present, text_of

#: Where the event's name stands, the first that is there.
NAME_KEYS = ("tealium_event", "event_name", "event")

#: Ids that an admin may map into the body; Tealium itself sends none.
ID_KEYS = ("messageId", "eventid")
ID_LENGTH = 100

TIME_KEYS = ("tealium_timestamp_utc", "tealium_timestamp_epoch", "eventtime")

#: Names that make a call of another type than ``track``.
TYPES = {name: kind for kind, name in NAMES_OF_TYPES.items() if kind != "group"}

#: Attributes of Tealium's retail data layer under Segment's names; of two for one the first wins.
ORDER = {
    "order_total": "total",
    "order_subtotal": "subtotal",
    "order_shipping_amount": "shipping",
    "order_shipping": "shipping",
    "order_tax_amount": "tax",
    "order_tax": "tax",
    "order_discount_amount": "discount",
    "order_currency_code": "currency",
    "order_currency": "currency",
    "order_promo_code": "coupon",
    "order_coupon_code": "coupon",
    "search_keyword": "query",
}
PRODUCT = {
    "product_id": "product_id",
    "product_sku": "sku",
    "product_name": "name",
    "product_brand": "brand",
    "product_category": "category",
    "product_variant": "variant",
    "product_price": "price",
    "product_unit_price": "price",
    "product_quantity": "quantity",
    "product_promo_code": "coupon",
    "product_position": "position",
    "product_url": "url",
    "product_image_url": "image_url",
}
PAGE = {
    "dom.url": "url",
    "page_url": "url",
    "dom.title": "title",
    "page_title": "title",
    "dom.referrer": "referrer",
    "dom.pathname": "path",
    "dom.query_string": "search",
}


def read_event(layer: Object, mapping: SourceMapping) -> list[Call]:
    """Give an event's calls: one for each product where Segment has one event for each."""
    name = next((text for key in NAME_KEYS if (text := text_of(layer.get(key)))), "")
    ours = mapping.events.get(name, name)
    call: Object = {
        "type": TYPES.get(ours, "track") if name else "identify",
        "timestamp": first_time([layer.get(key) for key in TIME_KEYS]),
        "context": context_of(layer),
    }
    if call["type"] == "track":
        call["event"] = name
    elif title := text_of(layer.get("page_name") or layer.get("screen_title")):
        call["name"] = title
    event_id = message_id(layer)
    return [
        {**call, "messageId": derived_id(event_id, index) if index else event_id, "properties": properties}
        for index, properties in enumerate(told(ours, layer))
    ]


def told(name: str, layer: Object) -> list[Object]:
    """Give the properties of each event: the whole data layer, with Segment's names beside Tealium's."""
    shared = {**with_revenue(renamed(layer, ORDER)), **layer}
    rows = rows_of(layer)
    products = [present(renamed(row, PRODUCT)) for row in rows]
    if name in PER_PRODUCT:
        # The parallel arrays become this product's own values, so that a formula reads one number.
        products = [{**row, **product} for row, product in zip(rows, products, strict=True)]
    return spread(name, shared, products)


def rows_of(layer: Object) -> list[Object]:
    """Turn the parallel arrays ``product_id: [..]``, ``product_price: [..]`` into one row for each product."""
    columns = {key: value for key, value in layer.items() if key in PRODUCT and value not in (None, "", [])}
    count = max((len(value) if isinstance(value, list) else 1 for value in columns.values()), default=0)
    return [{key: cell(column, index) for key, column in columns.items()} for index in range(count)]


def cell(column: Any, index: int) -> Any:
    """Give one product's value; a single value counts for every product, a short array for the first ones."""
    if not isinstance(column, list):
        return column
    return column[index] if index < len(column) else None


def message_id(item: Mapping[str, Any]) -> str:
    """Give the id that an admin mapped, or one that only the very same content gives again."""
    mapped = next((text for key in ID_KEYS if (text := text_of(item.get(key)))), "")
    is_usable = 0 < len(mapped) <= ID_LENGTH and mapped.isprintable()
    return mapped if is_usable else derived_id(item)


def context_of(layer: Object) -> Object:
    """Give the page and the client, where the data layer tells them."""
    library = {"name": layer.get("tealium_library_name"), "version": layer.get("tealium_library_version")}
    return present(
        {
            "page": renamed(layer, PAGE),
            "userAgent": layer.get("useragent") or layer.get("dom.user_agent"),
            "library": present(library),
        }
    )
