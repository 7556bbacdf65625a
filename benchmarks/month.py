"""A month in a shop, made up from a seed: visits by day and hour, carts, orders, and people who come to be known."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

from core.engine.instant import iso

#: Monday, 2 March 2026, 00:00 UTC.
START = 1_772_409_600_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

#: How busy each hour of the day and each day of the week is.
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 13, 12, 11, 11, 12, 13, 15, 18, 20, 17, 11, 5)
WEEK = (10, 10, 10, 11, 13, 16, 15)

PRODUCTS = (("Tent", 240.0), ("Stove", 65.0), ("Lamp", 25.0), ("Rope", 38.0), ("Boots", 120.0), ("Mug", 9.0))
VISITS_PER_PERSON = 6

Call = dict[str, Any]


def calls(number: int, *, seed: int = 1, days: int = 31) -> list[Call]:
    """Make so many calls, in the order of their arrival."""
    chance = random.Random(seed)
    people = max(1, number // (VISITS_PER_PERSON * 7))
    made: list[Call] = []
    under_way: list[tuple[int, int, Iterator[Call]]] = []
    begins = sorted(_moment(chance, days) for _ in range(number * 2 // 9 + 10))
    for visit, at in enumerate(begins):
        heappush(under_way, (at, visit, _visit(chance, chance.randrange(people), visit, at)))
    while under_way and len(made) < number:
        _, visit, steps = heappop(under_way)
        call = next(steps, None)
        if call is not None:
            made.append(call | {"messageId": f"m{len(made)}", "timestamp": iso(call["timestamp"])})
            heappush(under_way, (call["timestamp"], visit, steps))
    return made


def write(path: Path, number: int, *, seed: int = 1) -> int:
    """Write so many calls as JSON lines; gives how many there are."""
    made = calls(number, seed=seed)
    path.write_text("".join(json.dumps(call) + "\n" for call in made))
    return len(made)


def _moment(chance: random.Random, days: int) -> int:
    """Draw the beginning of a visit: evenings and weekends are busier."""
    day = chance.choices(range(days), [WEEK[number % 7] for number in range(days)])[0]
    hour = chance.choices(range(24), HOURS)[0]
    return START + day * DAY + hour * HOUR + chance.randrange(HOUR)


def _visit(chance: random.Random, person: int, visit: int, at: int) -> Iterator[Call]:
    """Live through one visit, call by call."""
    who: Call = {"anonymousId": f"a{person}.{chance.randrange(2)}"}
    is_known = chance.random() < 0.6
    cart = f"c{visit}"

    def call(kind: str, name: str = "", **more: Any) -> Call:
        nonlocal at
        at += chance.randrange(5_000, 120_000)
        return {"type": kind, **({"event": name} if name else {}), **who, "timestamp": at, **more}

    yield call("page", properties={"path": "/", "title": "Home"})
    if is_known:
        who["userId"] = f"u{person}"
        traits = {"email": f"u{person}@shop.example", "firstName": f"Ada {person}"}
        agrees = {"consent": {"categoryPreferences": {"Advertising": person % 5 > 0}}}
        yield call("identify", traits=traits | {"phone": f"+1415555{person % 10_000:04}"}, context=agrees)
    held = []
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        name, price = chance.choice(PRODUCTS)
        product = {"product_id": name.lower(), "name": name, "price": price}
        yield call("track", "Product Viewed", properties=product)
        if chance.random() < 0.3:
            held.append(price)
            yield call("track", "Product Added", properties=product | {"quantity": 1, "cart_id": cart})
    if held and chance.random() < 0.4:
        at += chance.choice((0, 0, 0, 30 * MINUTE, 5 * HOUR))
        order = {"order_id": f"o{visit}", "cart_id": cart, "revenue": sum(held)}
        yield call("track", "Order Completed", properties=order)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
