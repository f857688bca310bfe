"""Everything the sandbox remembers; one owner changes it, through the functions of this package."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.marketplace.core.agenda import Agenda
from sandbox.marketplace.core.agreements import AgreementBook
from sandbox.marketplace.core.callers import Resource
from sandbox.marketplace.core.catalogue import Product
from sandbox.marketplace.core.clock import ClockSettings
from sandbox.marketplace.core.emitted import EmittedEvent
from sandbox.marketplace.core.faults import Fault, FaultKind
from sandbox.marketplace.core.ledger import Bill
from sandbox.marketplace.core.offers import Offer
from sandbox.marketplace.core.readings import Readings
from sandbox.marketplace.core.tokens import RegistrationToken

# The oldest entries make room: a long test run must not fill the memory with its history.
REFUSALS_KEPT_MAX = 20_000
CALLS_KEPT_MAX = 20_000
EVENTS_KEPT_MAX = 20_000
SUCCESS = "Success"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What AWS refused, by a rule and not by a scripted fault; `record` as far as it is known."""

    at: datetime
    operation: str
    code: str
    message: str
    record: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class CallEntry:
    """One call of the API; the outcome is `Success` or the name of the error."""

    at: datetime
    operation: str
    records: int
    outcome: str
    fault: FaultKind | None


@dataclass(slots=True)
class MarketplaceState:
    """The seller's account on AWS Marketplace: catalogue, buyers, bill, and what happened.

    Attributes:
        readings: how AWS's contradictions are read.
        clock: how the sandbox's time follows the machine's.
        agenda: what will fall due.
        metering_calls_per_second: the quota of BatchMeterUsage; None means that there is none.
        metering_booked_to: up to when admitted calls have used that quota; see `pacing`.
        suspended_accounts: buyers whose AWS accounts are suspended (section 1.4).
        resources: what runs in buyers' accounts, by access key.
        events: what AWS sent to the seller, oldest first.
        events_emitted: how many events there ever were.

    """

    seller_account_id: str = "111122223333"
    readings: Readings = field(default_factory=Readings)
    clock: ClockSettings = field(default_factory=ClockSettings)
    agenda: Agenda = field(default_factory=lambda: Agenda([]))
    metering_calls_per_second: int | None = None
    metering_booked_to: datetime | None = None
    products: dict[str, Product] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    agreements: AgreementBook = field(default_factory=AgreementBook)
    suspended_accounts: set[str] = field(default_factory=set)
    resources: dict[str, Resource] = field(default_factory=dict)
    tokens: dict[str, RegistrationToken] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    bill: Bill = field(default_factory=dict)
    refusals: deque[Refusal] = field(default_factory=lambda: deque(maxlen=REFUSALS_KEPT_MAX))
    calls: deque[CallEntry] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT_MAX))
    events: deque[EmittedEvent] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT_MAX))
    events_emitted: int = 0
