"""The decisions of one closing: what is frozen, what that takes, and who has to wait. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from meterhouse.domain.allowances.allowance import ZERO, AllowanceKey, Taking
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.coverage import why_stranger
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import Batch, MeteringRecord
from meterhouse.domain.subscriptions.identity import SubscriptionKey


@dataclass(slots=True)
class ClosingPlan:
    """The decisions of one closing.

    Attributes:
        records: to be frozen, each in its first state.
        takings: what records take from allowances, by meter: two of one buyer with two names may
            take from one.
        given: what batches took that were asked for.
        waiting: subscriptions whose usage has to wait until they are registered, or until AWS tells
            what they are entitled to.
        unentitled: those of them that wait for AWS.
        waiting_units: how much that is.
        repeats: entries that were dropped because their event was counted already.
        conflicts: events that came with more than one quantity or tag set.

    """

    records: list[MeteringRecord] = field(default_factory=list)
    takings: dict[MeterKey, Taking] = field(default_factory=dict)
    given: defaultdict[AllowanceKey, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    waiting: set[SubscriptionKey] = field(default_factory=set)
    unentitled: set[SubscriptionKey] = field(default_factory=set)
    waiting_units: Decimal = Decimal(0)
    repeats: int = 0
    conflicts: int = 0

    @property
    def why_waiting(self) -> Reason:
        """Why usage waits: for who is to be registered rather than for AWS."""
        strangers = self.waiting - self.unentitled
        return why_stranger(strangers) if strangers else Reason.ENTITLEMENTS_UNKNOWN

    def takings_of(self, batches: Iterable[Batch]) -> list[Taking]:
        """Return what the records of some batches take, after those that were asked for before.

        A transaction takes from an allowance once.
        """
        meters = [record.key.meter for batch in batches for record in batch.records]
        found: dict[AllowanceKey, Taking] = {}
        for one in (self.takings[meter] for meter in meters if meter in self.takings):
            first = found.get(one.key) or Taking(
                one.key, one.before + self.given[one.key], ZERO, one.granted
            )
            found[one.key] = first._replace(units=first.units + one.units)
        for key, one in found.items():
            self.given[key] += one.units
        return [*found.values()]
