"""The two people of the story."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """How the shop's events name somebody."""

    user_id: str
    anonymous_id: str
    first_name: str
    last_name: str
    city: str
    phone: str

    @property
    def email(self) -> str:
        """Give an address that nobody has."""
        return f"{self.user_id}@example.com"

    @property
    def tealium_visitor_id(self) -> str:
        """Give the id that Tealium knows this person's browser by."""
        return f"tealium-{self.anonymous_id}"

    @property
    def mpid(self) -> int:
        """Give mParticle's id: 64 bits with a sign, more than a double holds."""
        return -8602161397754364000 - len(self.user_id)

    @property
    def cart_id(self) -> str:
        """Give the one cart this person has."""
        return f"cart-{self.user_id}"

    @property
    def anonymously(self) -> dict[str, str]:
        """Give what an event carries before the sign-in."""
        return {"anonymous_id": self.anonymous_id}

    @property
    def signed_in(self) -> dict[str, str]:
        """Give what an event carries from the sign-in on."""
        return {"user_id": self.user_id, "anonymous_id": self.anonymous_id}


ANNA = Person("anna", "visitor-7f3a", "Anna", "Weber", "Vienna", "+14155550132")
BEN = Person("ben", "visitor-91c2", "Ben", "Novak", "Graz", "+14155550178")
