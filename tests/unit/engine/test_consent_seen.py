"""What formulas, the API and other systems are told of consent is what stands, as it is judged."""

from __future__ import annotations

import pytest

from core.engine import new_profile
from core.engine.consent import standing
from core.engine.profile import Consent
from core.engine.view import consent_view

CASES = [
    ({"/": (1, True), "/sms": (2, False)}, {"all": True, "sms": False}),
    ({"/": (3, True), "/sms": (2, False)}, {"all": True, "sms": False}),
    ({"/": (3, False), "/email": (2, True)}, {"all": False, "email": False}),
    ({"/": (2, False), "/email": (2, True)}, {"all": False, "email": False}),
    ({"/": (1, False), "/email": (2, True)}, {"all": False, "email": True}),
    ({"/email": (2, True)}, {"email": True}),
]


@pytest.mark.parametrize(("said", "seen"), CASES)
def test_an_older_yes_to_one_channel_is_not_told_after_a_no_to_all(
    said: dict[str, tuple[int, bool]], seen: dict[str, bool]
) -> None:
    """A CRM that is told of consent hears what a message would be judged by."""
    profile = new_profile("p", 0)
    profile.consent = {f"news{name}": Consent(granted, at, "api") for name, (at, granted) in said.items()}
    assert consent_view(profile) == {"news": seen}
    for channel in seen:
        stands = standing(profile, "news", channel.removeprefix("all"))
        assert stands is not None and stands.granted == seen[channel]
