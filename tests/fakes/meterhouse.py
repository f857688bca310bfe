"""The whole application over in-memory ports and the in-process marketplace."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from marketplace_sandbox.testing import Agreement, InProcessMarketplace, Readings

from meterhouse.adapters.marketplace import MeteringApi
from meterhouse.adapters.resolving import ResolvingApi
from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import decode_segment
from meterhouse.domain.keys import LogKey, RecordKey, shard_of
from meterhouse.domain.operator_commands import Commands, Flush, Stop
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.records.settlement import Order, Reopening, Settlement
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.ports.ledger import UsageLedger
from meterhouse.use_cases import assembly, reconcile_assembly
from meterhouse.use_cases.journal.append_usage import Beliefs
from meterhouse.use_cases.reconcile_usage import ReconcileSummary
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.register_customer import RegisterCustomer
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.tenant_links import InMemoryTenantBook
from tests.fakes.world import (
    InMemoryRejectedUsage,
    InMemoryReport,
    InMemorySubscriptionBook,
    InMemoryUsageQueue,
    SequentialWorkers,
    UnlimitedCallQuota,
    VirtualClock,
)

if TYPE_CHECKING:
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient

    from meterhouse.ports.process import Workers
    from meterhouse.use_cases.billing.find_allowances import AskEntitlements

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTLE = timedelta(minutes=15)


class Meterhouse:
    """One deployment at a virtual time, with a product on sale and as many buyers as a test needs.

    `hour_at` is the hour that tests report usage for; time begins when it has just settled. AWS is
    read as `readings` say where it contradicts itself.
    """

    def __init__(
        self, ledger: UsageLedger | None = None, *, readings: Readings | None = None
    ) -> None:
        self.hour_at = NOON
        self.clock = VirtualClock(NOON + HOUR + timedelta(minutes=20))
        self.ledger = ledger or InMemoryLedger()
        self.queue = InMemoryUsageQueue()
        self.rejected = InMemoryRejectedUsage()
        self.report = InMemoryReport()
        self.subscriptions = InMemorySubscriptionBook()
        self.tenants = InMemoryTenantBook()
        self.products = Products()
        self.workers: Workers = SequentialWorkers()
        self.marketplace = InProcessMarketplace(clock=self.clock.now, readings=readings)
        self.policy = MeteringPolicy(settle=SETTLE, quiet=timedelta(0), heartbeat=False)
        self.product = self.marketplace.create_product(
            title="Atlas", dimensions=("api_calls", "gigabytes")
        )
        self.client = cast("MarketplaceMeteringClient", self.marketplace)
        # The real adapter over the in-process marketplace; a test may put another in its place.
        self.metering = MeteringApi(self.client)
        self.api = ResolvingApi(self.client)
        self.fold_events_max = FOLD_EVENTS_MAX
        self.ask_entitlements: AskEntitlements | None = None
        self._references = 0
        self._tokens = 0

    def ports(self) -> assembly.Ports:
        """Return the world of one invocation."""
        return assembly.Ports(
            ledger=self.ledger,
            subscriptions=self.subscriptions,
            tenants=self.tenants,
            queue=self.queue,
            metering=self.metering,
            quota=UnlimitedCallQuota(),
            workers=self.workers,
            clock=self.clock,
            report=self.report,
            policy=self.policy,
            beliefs=Beliefs(),
            new_token=self._new_token,
            fold_events_max=self.fold_events_max,
            ask_entitlements=self.ask_entitlements,
        )

    def _new_token(self) -> str:
        self._tokens += 1
        return f"token-{self._tokens}"

    def subscribe(self, product_code: str | None = None) -> Agreement:
        """Sell a subscription that Meterhouse does not know yet."""
        return self.marketplace.create_agreement(product_code or self.product.product_code)

    def register_customer(self) -> RegisterCustomer:
        """Return the registration use case with predictable references."""
        return RegisterCustomer(
            marketplace=self.api,
            keep=self.keeper(),
            references=self.subscriptions,
            clock=self.clock,
            report=self.report,
            new_reference=self._new_reference,
        )

    def keeper(self) -> KeepSubscriptions:
        """Return what learns facts about subscriptions."""
        return KeepSubscriptions(self.subscriptions, self.products, self.clock, self.report)

    def _new_reference(self) -> str:
        self._references += 1
        return f"reference-{self._references}"

    def token_of(self, agreement: Agreement, **options: Any) -> str:
        """Return a registration token, as AWS hands one to the buyer's browser."""
        return self.marketplace.mint_token(agreement.agreement_id, **options).token

    def register(self, agreement: Agreement) -> None:
        """Let the buyer of an agreement land on the registration page."""
        self.register_customer().resolve(self.token_of(agreement), trial=False)

    def buyer(self, product_code: str | None = None) -> Agreement:
        """Sell a subscription and register it, license and all."""
        agreement = self.subscribe(product_code)
        self.register(agreement)
        if self.marketplace.desks.facts.readings().first_resolve == "without_license":
            self.register(agreement)  # the buyer reloads the page, and AWS names the license now
        return agreement

    def event(
        self, agreement: Agreement, event_id: str = "e1", **fields: object
    ) -> dict[str, object]:
        """Build a usage event of one api call at half past the hour."""
        return {
            "id": event_id,
            "subscription": agreement.license_arn,
            "dimension": "api_calls",
            "quantity": 1,
            "time": (self.hour_at + timedelta(minutes=30)).isoformat(),
            **fields,
        }

    def drain(self, *events: Mapping[str, object], sent_at: datetime | None = None) -> list[str]:
        """Drain one message with all the events; return the messages that SQS must keep."""
        return self.drain_bodies([json.dumps({"events": events})], sent_at=sent_at)

    def drain_bodies(self, bodies: Iterable[str], *, sent_at: datetime | None = None) -> list[str]:
        """Drain one message for each body."""
        messages = [
            QueueMessage(f"m{position}", body, sent_at or self.clock.now())
            for position, body in enumerate(bodies)
        ]
        return self.drain_messages(messages)

    def drain_messages(self, messages: Sequence[QueueMessage]) -> list[str]:
        """Drain one batch; return the messages that SQS must keep."""
        return assembly.drain_usage(self.ports(), self.rejected)(messages)

    def reconcile(
        self,
        *redriven: RecordKey,
        flushes: Sequence[Flush] = (),
        stops: Sequence[Stop] = (),
        ending: Sequence[SubscriptionKey] = (),
        orders: Mapping[RecordKey, Order] = MappingProxyType({}),
        settled: Mapping[RecordKey, Settlement] = MappingProxyType({}),
        reopened: Mapping[RecordKey, Reopening] = MappingProxyType({}),
        released: Sequence[RecordKey] = (),
        rejected: Sequence[RecordKey] = (),
    ) -> ReconcileSummary:
        """Do one scheduled run, with commands if there are any; `orders` say who gives them."""
        commands = Commands(
            {one: orders.get(one) for one in redriven},
            tuple(flushes),
            tuple(stops),
            tuple(ending),
            released={one: orders.get(one) for one in released},
            rejected={one: orders.get(one) for one in rejected},
            settled=settled,
            reopened=reopened,
        )
        return reconcile_assembly.reconcile_usage(self.ports(), self.subscriptions)(commands)

    def key(
        self, agreement: Agreement, dimension: str = "api_calls", hour_at: datetime | None = None
    ) -> RecordKey:
        """Return the key of the record of an agreement's hour."""
        assert agreement.license_arn is not None
        return RecordKey(license_key(agreement.license_arn), dimension, hour_at or self.hour_at)

    def record(
        self, agreement: Agreement, dimension: str = "api_calls", hour_at: datetime | None = None
    ) -> MeteringRecord:
        """Return the record of an agreement's hour."""
        key = self.key(agreement, dimension, hour_at)
        found = [one for one in self.records(hour_at) if one.key == key]
        assert len(found) == 1, f"{len(found)} records {key}"
        return found[0]

    def records(self, hour_at: datetime | None = None) -> list[MeteringRecord]:
        """Return every record of an hour."""
        return [
            record
            for shard in range(self.policy.shards)
            for batch in self.ledger.batches(LogKey(hour_at or self.hour_at, shard))
            for record in batch.records
        ]

    def head(self, hour_at: datetime | None = None) -> Head:
        """Return the head of the hour's log."""
        log = LogKey(hour_at or self.hour_at, 0)
        return self.ledger.heads([log])[log]

    def is_open(
        self, agreement: Agreement, dimension: str = "api_calls", hour_at: datetime | None = None
    ) -> bool:
        """Tell whether an agreement's hour has usage in the journal, and no record of it yet."""
        key = self.key(agreement, dimension, hour_at)
        log = LogKey(key.hour_at, shard_of(key.subscription, self.policy.shards))
        segments = [decode_segment(one.name, one.blob) for one in self.ledger.segments(log, 0)]
        has_usage = any(one.meter == key.meter for segment in segments for one in segment.meters)
        return has_usage and all(one.key != key for one in self.records(hour_at))

    def state(
        self, agreement: Agreement, dimension: str = "api_calls", hour_at: datetime | None = None
    ) -> RecordState:
        """Return the state of the record of an agreement's hour."""
        return self.record(agreement, dimension, hour_at).state

    def billed(self, agreement: Agreement, dimension: str = "api_calls") -> dict[str, Decimal]:
        """Return what AWS bills by hour, as `{"12": units}`."""
        return {
            record.used_at.strftime("%H"): record.quantity
            for record in self.marketplace.bill()
            if record.agreement.agreement_id == agreement.agreement_id
            and record.key.dimension == dimension
        }
