"""Segment's ecommerce spelling: its names, and which of its events speak of one product alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webhooks.sources.loose import number_of, present

Object = dict[str, Any]

#: Events of which there is one for each product; all others carry their products as a list.
PER_PRODUCT = frozenset(
    (
        "Product Added",
        "Product Added to Wishlist",
        "Product Clicked",
        "Product Removed",
        "Product Removed from Wishlist",
        "Product Reviewed",
        "Product Shared",
        "Product Viewed",
        "Wishlist Product Added to Cart",
    )
)


def spread(name: str, shared: Mapping[str, Any], products: Sequence[Object]) -> list[Object]:
    """Give the properties of each event that is to be told: one for each product, or one with all of them.

    What a product says of itself stands above what is shared.
    """
    if not products:
        return [dict(shared)]
    if name in PER_PRODUCT:
        return [{**shared, **product} for product in products]
    return [{**shared, "products": list(products)}]


def renamed(found: Mapping[str, Any], names: Mapping[str, str]) -> Object:
    """Give what is there of the vendor's fields under Segment's names; the first of two wins."""
    made: Object = {}
    for theirs, ours in names.items():
        if found.get(theirs) not in (None, "", []):
            made.setdefault(ours, found[theirs])
    return made


def with_revenue(order: Object) -> Object:
    """Add ``revenue``, which in Segment's spelling is without shipping and tax, where it can be known."""
    total, subtotal = number_of(order.get("total")), number_of(order.get("subtotal"))
    extras = sum(number_of(order.get(name)) or 0 for name in ("tax", "shipping"))
    known = total - extras if total is not None else None
    revenue = subtotal if subtotal is not None else known
    return present({"revenue": revenue, **order})
