"""Everything the sandbox remembers; one owner changes it, through the functions of this package."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.marketplace.core.books.charges import Invoice
from sandbox.marketplace.core.books.ledger import Bill, LostDuplicate
from sandbox.marketplace.core.journal.call_documents import KeptDocuments
from sandbox.marketplace.core.journal.call_log import CALLS_KEPT_MAX, CallEntry
from sandbox.marketplace.core.metering.callers import Resource
from sandbox.marketplace.core.metering.registrations import Registration, TokenUse
from sandbox.marketplace.core.metering.signing import SigningKey
from sandbox.marketplace.core.mishaps.faults import Fault
from sandbox.marketplace.core.notices.emitted import EmittedEvent
from sandbox.marketplace.core.post.deliveries import PostOffice
from sandbox.marketplace.core.readings import Readings
from sandbox.marketplace.core.sales.agreements import AgreementBook
from sandbox.marketplace.core.sales.catalogue import Product
from sandbox.marketplace.core.sales.offers import Offer
from sandbox.marketplace.core.sales.tokens import RegistrationToken
from sandbox.marketplace.core.time.agenda import Agenda
from sandbox.marketplace.core.time.clock import ClockSettings

# The oldest entries make room: a long test run must not fill the memory with its history.
REFUSALS_KEPT_MAX = 20_000
EVENTS_KEPT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """What AWS refused, by a rule and not by a scripted fault; `record` as far as it is known."""

    at: datetime
    operation: str
    code: str
    message: str
    record: Mapping[str, object] | None
    request_id: str = ""


@dataclass(slots=True)
class MarketplaceState:
    """The seller's account on AWS Marketplace: catalogue, buyers, bill, and what happened.

    Attributes:
        readings: how AWS's contradictions are read.
        clock: how the sandbox's time follows the machine's.
        agenda: what will fall due.
        metering_calls_per_second: the quota of BatchMeterUsage and MeterUsage, of which
            RegisterUsage has half; None means that there are no quotas.
        quota_booked_to: up to when admitted calls have used a quota, by operation, account and
            region; see `pacing`.
        suspended_accounts: buyers whose AWS accounts are suspended (section 1.4).
        resources: what runs in buyers' accounts, by access key.
        events: what AWS sent to the seller, oldest first.
        events_emitted: how many events there ever were.
        signing_keys: the versions of the key pair that signs for RegisterUsage, oldest first.
        registrations: the containers that called RegisterUsage, by resource id.
        client_tokens: what MeterUsage's tokens stand for, by account, region and token.
        lost_duplicates: by line of the bill and quantity, what DuplicateRecord did not count.
        invoices: by month, what was invoiced when it closed.
        months_to_close: months whose closing stands in the agenda.
        documents: requests and answers of the latest calls, as far as there is room for them.
        post: where events are sent, what waits to be sent, and what became of it.

    """

    seller_account_id: str = "111122223333"
    readings: Readings = field(default_factory=Readings)
    clock: ClockSettings = field(default_factory=ClockSettings)
    agenda: Agenda = field(default_factory=lambda: Agenda([]))
    metering_calls_per_second: int | None = None
    quota_booked_to: dict[str, datetime] = field(default_factory=dict)
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
    lost_duplicates: dict[str, LostDuplicate] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    months_to_close: set[str] = field(default_factory=set)
    signing_keys: tuple[SigningKey, ...] = ()
    registrations: dict[str, Registration] = field(default_factory=dict)
    client_tokens: dict[str, TokenUse] = field(default_factory=dict)
    documents: KeptDocuments = field(default_factory=KeptDocuments)
    post: PostOffice = field(default_factory=PostOffice)
