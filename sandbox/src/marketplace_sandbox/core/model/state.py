"""Everything the sandbox remembers; one owner changes it, through the functions of this package."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from marketplace_sandbox.core.model.agenda import Agenda
from marketplace_sandbox.core.model.agreements import AgreementBook
from marketplace_sandbox.core.model.bill import Bill, LostDuplicate
from marketplace_sandbox.core.model.call_documents import KeptDocuments
from marketplace_sandbox.core.model.callers import Resource
from marketplace_sandbox.core.model.calls import CALLS_KEPT_MAX, CallEntry
from marketplace_sandbox.core.model.cancellations import CancellationRequest
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.clock import ClockSettings
from marketplace_sandbox.core.model.deliveries import Outbox
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.faults import Fault
from marketplace_sandbox.core.model.invoices import Invoice
from marketplace_sandbox.core.model.offers import Offer
from marketplace_sandbox.core.model.readings import Readings
from marketplace_sandbox.core.model.refusals import REFUSALS_KEPT_MAX, Refusal
from marketplace_sandbox.core.model.registrations import Registration, TokenUse
from marketplace_sandbox.core.model.signing import SigningKey
from marketplace_sandbox.core.model.tokens import RegistrationToken

EVENTS_KEPT_MAX = 20_000


@dataclass(slots=True)
class MarketplaceState:
    """The seller's account on AWS Marketplace: catalogue, buyers, bill, and what happened.

    Attributes:
        readings: how AWS's contradictions are read.
        clock: how the sandbox's time follows the machine's.
        agenda: what will fall due.
        metering_calls_per_second: the quota of BatchMeterUsage and MeterUsage, of which the other
            operations have their multiple; None means that there are no quotas.
        quota_booked_to: up to when admitted calls have used a quota, by operation, account and
            region; see `pacing`.
        suspended_accounts: buyers whose AWS accounts are suspended (`outcome.suspended-account`).
        cancellations: what was asked of buyers, by the request's id, oldest first.
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
        outbox: where events are sent, what waits to be sent, and what became of it.

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
    cancellations: dict[str, CancellationRequest] = field(default_factory=dict)
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
    outbox: Outbox = field(default_factory=Outbox)
