"""What the seller's systems are told of usage that AWS does not bill: pure.

What AWS takes is told nowhere: it is on the bill. The id of what is told follows from the record
and the version of its batch, so that a repeated one has the same.
"""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.hours import format_moment
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.record import Batch, MeteringRecord
from meterhouse.domain.strict_json import digest_of
from meterhouse.domain.subscriptions.identity import LicenseIdentity

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class BatchChange:
    """A version of a batch that was written over another one.

    Attributes:
        record_id: the number of the record by which the table's stream tells it.
        changed_at: when it was written.

    """

    record_id: str
    before: Batch | None
    after: Batch
    changed_at: datetime

    @property
    def sequence(self) -> int:
        """The batch's version, which grows with each."""
        return self.after.version

    @property
    def announcements(self) -> "tuple[UsageAnnouncement, ...]":
        """Return what it gives to tell: the records that ended unbilled by it."""
        known = {one.key: one.state for one in self.before.records} if self.before else {}
        return tuple(
            UsageAnnouncement(one, self)
            for one in self.after.records
            if one.needs_person and known.get(one.key) is not one.state
        )


@dataclass(frozen=True, slots=True)
class UsageAnnouncement:
    """A metering record that ended unbilled; it can end so again after a redrive."""

    record: MeteringRecord
    change: BatchChange

    @property
    def subscription(self) -> str:
        """Whose usage it is."""
        return self.record.key.subscription

    @property
    def news(self) -> str:
        """How it ended: rejected, disputed or expired."""
        return self.record.state.lower()

    @property
    def id(self) -> str:
        """The same whenever the same end is told again, and never that of another one."""
        said = [self.news, self.change.sequence, self._subscription(), self._usage()]
        return digest_of(said)

    @property
    def detail_type(self) -> str:
        """What EventBridge calls it."""
        return f"Usage {self.news.capitalize()}"

    @property
    def detail(self) -> dict[str, object]:
        """All of it, as `events/schemas/usage.v1.schema.json` describes it."""
        return {
            "version": SCHEMA_VERSION,
            "id": self.id,
            "type": self.news,
            "sequence": self.change.sequence,
            "changed_at": format_moment(self.change.changed_at),
            "subscription": self._subscription(),
            "usage": self._usage(),
        }

    def _subscription(self) -> dict[str, object]:
        sealed = self.record.sealed
        said: dict[str, object] = {"key": self.subscription}
        if sealed.product_code:
            said["product_code"] = sealed.product_code
        if isinstance(sealed.identity, LicenseIdentity):
            said["license_arn"] = sealed.identity.license_arn
        return said

    def _usage(self) -> dict[str, object]:
        key, status = self.record.key, self.record.status
        said: dict[str, object] = {
            "dimension": key.dimension,
            "hour": key.hour_at.isoformat(),
            "quantity": format_quantity(self.record.units),
            "sends": status.sends,
        }
        return said if status.reason is None else said | {"reason": str(status.reason)}
