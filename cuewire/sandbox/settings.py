"""What a sandbox believes: the credentials it accepts and how fast its vendors move."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


def new_account_sid() -> str:
    """Make an account SID as Twilio writes them."""
    return f"AC{secrets.token_hex(16)}"


@dataclass(frozen=True)
class SandboxSettings:
    """Credentials that the fakes accept, made up where none are given, and their pace in seconds."""

    twilio_account_sid: str = field(default_factory=new_account_sid)
    twilio_auth_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    braze_api_key: str = field(default_factory=lambda: secrets.token_hex(18), repr=False)
    #: Between one status callback of a message and the next.
    callback_pace: float = 0.05
    #: Before the first callback of a message whose answer was lost, so that its sender is seen not knowing.
    hold_after_drop: float = 1.5
    #: Times that one status callback is tried while its receiver is down.
    callback_tries: int = 10
    #: Before the second try; it doubles from there, up to two seconds.
    callback_retry: float = 0.2

    def as_environment(self, url: str) -> dict[str, str]:
        """Give the settings that point a server at this sandbox."""
        return {
            "CUEWIRE_TWILIO_ACCOUNT_SID": self.twilio_account_sid,
            "CUEWIRE_TWILIO_AUTH_TOKEN": self.twilio_auth_token,
            "CUEWIRE_TWILIO_BASE_URL": f"{url}/twilio",
            "CUEWIRE_BRAZE_API_KEY": self.braze_api_key,
            "CUEWIRE_BRAZE_BASE_URL": f"{url}/braze",
        }
