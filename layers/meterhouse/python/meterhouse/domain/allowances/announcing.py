"""What the seller's systems are told when most of an allowance is taken, or all of it: pure.

The id of what is told follows from the allowance, the threshold and what is granted: each of them
is told of once, whatever is repeated.
"""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.allowances.allowance import ZERO, Allowance, crossed
from meterhouse.domain.hours import format_moment
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.strict_json import digest_of

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class AllowanceChange:
    """An allowance from which a record took units.

    Attributes:
        record_id: the number of the record by which the table's stream tells it.
        before: as it stood; None if nothing had been taken from it.
        changed_at: when it was written.

    """

    record_id: str
    before: Allowance | None
    after: Allowance
    changed_at: datetime

    @property
    def sequence(self) -> int:
        """The whole units that are taken, which only grow."""
        return int(self.after.taken)

    @property
    def announcements(self) -> "tuple[AllowanceAnnouncement, ...]":
        """Return what it gives to tell: the thresholds that it crossed, the lower one first."""
        before = ZERO if self.before is None else self.before.taken
        granted = self.after.granted or ZERO
        thresholds = crossed(before, self.after.taken, granted)
        return tuple(AllowanceAnnouncement(one, self) for one in thresholds)


@dataclass(frozen=True, slots=True)
class AllowanceAnnouncement:
    """So many percent of what a contract includes are taken, in one period."""

    percent: int
    change: AllowanceChange

    @property
    def subscription(self) -> str:
        """Whose contract it is."""
        return self.change.after.key.meter.subscription

    @property
    def news(self) -> str:
        """What happened, in a word."""
        return "crossed"

    @property
    def id(self) -> str:
        """The same whenever the same crossing is told again, and never that of another one."""
        (_, dimension), period = self.change.after.key
        said = [self.news, self.subscription, dimension, period, self.percent, self._granted()]
        return digest_of(said)

    @property
    def detail_type(self) -> str:
        """What EventBridge calls it."""
        return f"Allowance {self.news.capitalize()}"

    @property
    def detail(self) -> dict[str, object]:
        """All of it, as `events/schemas/allowance.v1.schema.json` describes it."""
        after = self.change.after
        return {
            "version": SCHEMA_VERSION,
            "id": self.id,
            "type": self.news,
            "changed_at": format_moment(self.change.changed_at),
            "subscription": {"key": self.subscription},
            "allowance": {
                "dimension": after.key.meter.dimension,
                "period": after.key.period,
                "percent": self.percent,
                "granted": self._granted(),
                "taken": format_quantity(after.taken),
                "left": format_quantity(after.left),
            },
        }

    def _granted(self) -> str:
        return format_quantity(self.change.after.granted or ZERO)
