"""Everything that one commit may change, over one connection."""

from __future__ import annotations

import sqlite3

from core.ports import Clock
from core.store.alerts import Alerts
from core.store.codes import Codes
from core.store.consents import Consents
from core.store.conversions import Conversions
from core.store.decisions import Decisions
from core.store.deliveries import Deliveries
from core.store.events import Events
from core.store.keys import Keys
from core.store.profiles import Profiles
from core.store.tally import Tally


class EmbeddedTransaction:
    """Give jobs their families; the writer begins and commits."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self.connection = db
        self.tally = Tally(db)
        self.events = Events(db, self.tally)
        self.profiles = Profiles(db)
        self.decisions = Decisions(db, clock, tally=self.tally)
        self.deliveries = Deliveries(db)
        self.conversions = Conversions(db)
        self.consents = Consents(db)
        self.keys = Keys(db)
        self.codes = Codes(db)
        self.alerts = Alerts(db)

    def seal(self) -> None:
        """Write, before a commit, what the families kept in memory."""
        self.events.seal()
        self.tally.seal()
