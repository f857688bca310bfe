"""The metering record: what AWS bills for one subscription, dimension and UTC hour."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from meterhouse.domain.events import Tags
from meterhouse.domain.identity import BilledIdentity
from meterhouse.domain.journal import Page
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import UNFINISHED, RecordState, is_legal_step

ABSENT_VERSION: Final = 0
"""The version of a record that is not in the table yet."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of the quantity that carries one tag set (vendor-metered tagging)."""

    quantity: Decimal
    tags: Tags


@dataclass(frozen=True, slots=True)
class FrozenUsage:
    """Everything AWS is told about a record; it never changes once it is written.

    Attributes:
        identity: license or legacy mode, frozen too, so that a retry cannot bill in the other mode.
        product_code: groups calls (one product per call); sent only in legacy mode.
        timestamp_at: whole seconds, the earliest usage within the hour.
        allocations: sum to `quantity` exactly; empty when nothing is tagged.

    """

    identity: BilledIdentity
    product_code: str
    timestamp_at: datetime
    quantity: Decimal
    allocations: tuple[Allocation, ...] = ()


@dataclass(frozen=True, slots=True)
class MeteringRecord:
    """One metering record with its journal.

    Attributes:
        version: grows by one with every write, pages included; guards every step.
        due_at: when to look at it next; None once it is finished.
        written_at: when the last page of its own came.
        pages: the whole journal when read, small pages and page items alike.
        units: what it bills or failed to bill; set when it is sealed.
        frozen: what AWS is told; None while open, or when the subscription never became known.
        rest_units: usage beyond the largest quantity, carried forward when it was sealed.
        sends: how often it was claimed for sending.
        holds: how often in a row it was put off; makes the pauses grow.
        reason: why it is held, or why it ended as it did.
        metering_record_id: AWS's receipt.
        leased_until: until when the run that claimed it may send it, and nobody else.

    """

    key: RecordKey
    state: RecordState
    version: int
    due_at: datetime | None
    written_at: datetime | None = None
    pages: tuple[Page, ...] = ()
    units: Decimal | None = None
    frozen: FrozenUsage | None = None
    rest_units: Decimal = Decimal(0)
    sends: int = 0
    holds: int = 0
    reason: str | None = None
    metering_record_id: str | None = None
    leased_until: datetime | None = None

    def stepped(
        self,
        state: RecordState,
        *,
        due_at: datetime | None = None,
        leased_until: datetime | None = None,
        reason: str | None = None,
        holds: int = 0,
    ) -> "MeteringRecord":
        """Return the record one version later in `state`; the step must be legal."""
        assert is_legal_step(self.state, state), f"{self.state} cannot become {state}"
        assert (due_at is not None) == (state in UNFINISHED)
        return replace(
            self,
            state=state,
            version=self.version + 1,
            due_at=due_at,
            leased_until=leased_until,
            reason=reason,
            holds=holds,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One atomic write: the record's next version, with what must be written along with it.

    Attributes:
        record: the next version of the record.
        before_version: the version that must still stand, or ABSENT_VERSION.
        late_page: late events of this record's hour, to be remembered under it.
        carried: usage that goes to a later hour of the same subscription and dimension.

    """

    record: MeteringRecord
    before_version: int
    late_page: Page | None = None
    carried: Page | None = None

    def __post_init__(self) -> None:
        assert self.record.version == self.before_version + 1
