"""The people of the golden run, and what each of them does in one visit, call by call."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from core.engine.instant import iso

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

#: Monday, 2 March 2026, 00:00 UTC.
START = 1_772_409_600_000

Call = dict[str, Any]

PRODUCTS: tuple[Call, ...] = tuple(
    {"product_id": f"p{n}", "name": f"Thing {n}", "category": f"c{n % 4}", "price": float(9 + 31 * n % 260)}
    for n in range(24)
)
COUNTRIES = ("DE", "US", "GB", "AT", "JP")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
PHONES = ("+491511234", "+1415555", "+44740090", "+81901234")


@dataclass(frozen=True, slots=True)
class Person:
    """Who someone is; ``is_rider`` means that nothing is heard of them but their rides."""

    number: int
    devices: int
    is_rider: bool

    @property
    def user(self) -> str:
        """Give the identifier by which they are known."""
        return f"u{self.number}"

    @property
    def home(self) -> int:
        """Give the household: two people who now and then take each other's device."""
        return self.number // 2


@dataclass(slots=True)
class Step:
    """A call on its way: when it happened, when it arrives, by which source, and of which household."""

    at: int
    arrival: int
    source: str
    home: int
    call: Call
    is_again: bool = False


class Visit:
    """One visit of one person: draws what happens, and notes each call at its time."""

    def __init__(self, chance: Random, person: Person, number: int, at: int) -> None:
        self.chance = chance
        self.person = person
        self.number = number
        self.at = at
        self.source = chance.choices(("web", "app", "server"), (12, 5, 1))[0]
        self.page = "/"
        owner = person.number ^ 1 if chance.random() < 0.03 and not person.is_rider else person.number
        self.ids: Call = {"anonymousId": f"a{owner}.{chance.randrange(person.devices)}"}
        self.steps: list[Step] = []
        if self.source == "server" or chance.random() < 0.4:
            self.ids["userId"] = person.user

    def go(self, least: int = 3_000, most: int = 90_000) -> None:
        """Let time pass; now and then none at all, so that two calls share a millisecond."""
        if self.chance.random() > 0.04:
            self.at += self.chance.randrange(least, most)

    def call(self, kind: str, name: str = "", **more: Any) -> None:
        """Note one call."""
        said = {"type": kind, **({"event": name} if name else {}), **self.ids, **more}
        self.steps.append(Step(self.at, self.at, self.source, self.person.home, said))

    def track(self, name: str, /, **properties: Any) -> None:
        """Note a track call on the page where the person is."""
        self.call("track", name, properties=properties, context={"page": {"path": self.page}})

    def enter(self, path: str) -> None:
        """Go to another page."""
        self.page = path
        kind = "screen" if self.source == "app" else "page"
        self.call(kind, properties={"path": path}, context={"page": {"path": path}})


def live(chance: Random, person: Person, number: int, at: int) -> list[Step]:
    """Live through one visit."""
    visit = Visit(chance, person, number, at)
    if person.is_rider:
        _ride(visit)
        return visit.steps
    visit.enter("/")
    acts = (_identify, _browse, _shop, _read, _watch, _trial, _account, _pricing)
    weights = (3, 6, 6, 2, 2, 1, 1, 1)
    for act in chance.choices(acts, weights, k=chance.choice((1, 1, 2, 2, 3, 5))):
        visit.go()
        act(visit)
    return visit.steps


def _identify(visit: Visit) -> None:
    """Come to be known: here an anonymous person and a known one turn out to be the same."""
    chance, n = visit.chance, visit.person.number
    visit.ids["userId"] = visit.person.user
    traits: Call = {"firstName": f"Ada {n}", "email": f"u{n}.{chance.randrange(2)}@shop.example"}
    if chance.random() < 0.8:
        traits["phone"] = f"{PHONES[n % 4]}{n // 4:04}"
    if chance.random() < 0.3:
        traits |= {"country": COUNTRIES[n % 5], "timezone": ZONES[n % 4]}
    if chance.random() < 0.5:
        traits["churn_score"] = round(chance.random(), 2)
    if chance.random() < 0.05:
        traits["birthday"] = f"2026-03-{chance.randrange(3, 29):02}"
    if chance.random() < 0.03:
        traits["do_not_chase"] = True
    agrees = {"consent": {"categoryPreferences": {"Advertising": chance.random() < 0.85}}}
    visit.call("identify", traits=traits, context=agrees)


def _browse(visit: Visit) -> None:
    """Look at things, often three of one category within ten minutes."""
    kind = visit.chance.randrange(4)
    for _ in range(visit.chance.randrange(1, 7)):
        visit.go(2_000, 150_000)
        visit.enter(f"/product/{kind}")
        product = visit.chance.choice([one for one in PRODUCTS if one["category"] == f"c{kind}"])
        visit.track("Product Viewed", **product)


def _shop(visit: Visit) -> None:
    """Fill a cart; leave it, go to the checkout, or buy, some of it at the last moment or one too late."""
    chance, cart = visit.chance, f"cart{visit.number}"
    held = chance.sample(PRODUCTS, chance.randrange(1, 4))
    for product in held:
        visit.go()
        visit.track("Product Added", **product, quantity=chance.randrange(1, 3), cart_id=cart)
    if chance.random() < 0.2:
        visit.go()
        visit.track("Product Removed", **held[0], quantity=1, cart_id=cart)
    if chance.random() < 0.3:
        return
    visit.at += chance.choice((60_000, 5 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 30 * MINUTE + 1, 3 * HOUR))
    if chance.random() < 0.7:
        visit.track("Checkout Started", cart_id=cart)
        visit.at += chance.choice((30_000, 90_000, HOUR, HOUR + 1))
    if chance.random() < 0.2:
        visit.track("Coupon Applied", cart_id=cart)
    if chance.random() < 0.6:
        revenue = sum(product["price"] for product in held)
        name = "Completed Order" if visit.source == "web" else "Order Completed"
        visit.track(name, order_id=f"o{visit.number}", cart_id=cart, revenue=str(revenue))


def _read(visit: Visit) -> None:
    """Stay on a guide, with heartbeats; the leave is lost now and then."""
    chance = visit.chance
    visit.enter(f"/guide/{chance.randrange(3)}")
    beat, leave = (
        ("Page Heartbeat", "Page Left") if visit.source != "app" else ("Screen Heartbeat", "Screen Left")
    )
    for _ in range(chance.randrange(0, 12)):
        visit.at += 30_000
        visit.track(beat)
    if chance.random() < 0.7:
        visit.at += chance.choice((1_000, 20_000, 3 * MINUTE, 40 * MINUTE))
        visit.track(leave)


def _watch(visit: Visit) -> None:
    """Watch something on a page that measures its own time."""
    visit.enter("/film")
    for seconds in sorted(visit.chance.choices(range(5, 200), k=visit.chance.randrange(1, 4))):
        visit.go()
        visit.track("Page Heartbeat", seconds=seconds)


def _trial(visit: Visit) -> None:
    """Begin or go on with a trial; the date of its end moves."""
    chance = visit.chance
    visit.ids["userId"] = visit.person.user
    visit.track("Signed Up", plan=chance.choice(("free", "pro", "team")))
    visit.go()
    visit.track("Trial Started")
    end = visit.at + chance.choice((4, 5, 7, 10)) * DAY
    visit.call("identify", traits={"trial_ends_at": end if chance.random() < 0.2 else iso(end)})
    if chance.random() < 0.5:
        visit.at += chance.choice((MINUTE, HOUR, 48 * HOUR, 48 * HOUR + 1))
        visit.track("Integration Connected")


def _account(visit: Visit) -> None:
    """Change the plan of one of two accounts."""
    for _ in range(visit.chance.randrange(1, 4)):
        visit.go()
        account = f"acc{visit.person.number}.{visit.chance.randrange(2)}"
        visit.track("Plan Changed", account=account, plan=visit.chance.choice(("free", "pro", "team")))


def _pricing(visit: Visit) -> None:
    """Look at prices, and perhaps ask for a demo."""
    chance = visit.chance
    for _ in range(chance.randrange(1, 3)):
        visit.go()
        visit.track("Pricing Viewed", plan=chance.choice(("pro", "team")))
    if chance.random() < 0.6:
        visit.at += chance.choice((MINUTE, 5 * HOUR, 48 * HOUR))
        visit.track("Demo Requested", plan=chance.choice(("pro", "team")))


def _ride(visit: Visit) -> None:
    """Ride: the app hands all its calls over at the end, all but the first in any order.

    Nothing but an absence looks at these, and the lateness of the app covers it.
    """
    chance, ride = visit.chance, f"r{visit.number}"
    visit.source = "app"
    visit.track("Ride Requested", ride_id=ride)
    others = [("Ride Matched", MINUTE), ("Driver Rated", 8 * MINUTE)]
    if chance.random() < 0.8:
        others.append(("Ride Started", chance.choice((2 * MINUTE, 5 * MINUTE, 5 * MINUTE + 1, 7 * MINUTE))))
    begun = visit.at
    chance.shuffle(others)
    for name, after in others:
        visit.at = begun + after
        visit.track(name, ride_id=ride)
    for step in visit.steps:
        step.arrival = begun + 9 * MINUTE
