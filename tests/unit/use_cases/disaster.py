"""A usage table that is lost, and restored to an earlier moment."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from meterhouse.domain.accounting.balances import balance_log
from meterhouse.use_cases.journal.read_log import read_whole_log
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse

MINUTE = timedelta(minutes=1)
Event = dict[str, object]


@dataclass
class Disaster:
    """Plays the procedure of docs/disaster-recovery.md.

    What happens after `snapshot` is lost with the table, and between `restore` and `finish` only
    usage that producers send again is taken.
    """

    house: Meterhouse = field(default_factory=Meterhouse)

    def __post_init__(self) -> None:
        self.house.clock.move_to(self.house.hour_at + 50 * MINUTE)
        self.buyer = self.house.buyer()

    def event(self, event_id: str, quantity: object = 1, **fields: object) -> Event:
        return self.house.event(self.buyer, event_id, quantity=quantity, **fields)

    def pass_hours(self, hours: float) -> None:
        """Let time pass; a run comes at its end, and the one after that accounts."""
        self.house.clock.move_to(self.house.clock.now() + hours * HOUR)
        self.house.reconcile()

    def snapshot(self) -> None:
        ledger = self.house.ledger
        assert isinstance(ledger, InMemoryLedger)
        self.kept = deepcopy(ledger)

    def restore(self) -> None:
        self.house.ledger = self.kept
        lost_until = self.house.clock.now()
        self.house.policy = replace(self.house.policy, is_fenced=True, lost_until=lost_until)
        # It takes a while.
        self.pass_hours(0.5)

    def finish(self) -> None:
        self.house.policy = replace(self.house.policy, is_fenced=False)
        self.pass_hours(0)

    def standings(self, hour_at: datetime | None = None) -> dict[str, Decimal]:
        """Return the units of the buyer's hour by where they stand."""
        house = self.house
        head = house.head(hour_at)
        batches = house.ledger.batches(head.log)
        fold = read_whole_log(house.ledger, head.log, batches).fold
        balances = balance_log(head, fold, batches, house.ledger.carries(head.log).values())
        (balance,) = balances
        assert not balance.difference
        return {name.value: units for name, units in balance.standings.items() if units}

    def total_billed(self) -> Decimal:
        return sum((line.quantity for line in self.house.marketplace.bill()), Decimal(0))

    def failures(self, name: str) -> int:
        return [event for event, _ in self.house.report.events].count(name)
