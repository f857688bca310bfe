"""What a shape of usage costs in units and calls, counted call by call on an emulated account.

The drain is counted whole. The life of a record after its drain is the same for all records of a
shape, so it is counted on some of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from bench.deployment import Account, OneAfterTheOther, schema_of, table_definition, wired
from bench.recorder import Recorder
from bench.shapes import SETTLED_AT, Shape
from bench.spending import Spent
from meterhouse.adapters.metering_api import MeteringApi
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import RecordState
from meterhouse.use_cases.drain_usage import DrainUsage

if TYPE_CHECKING:
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient

# As many as a reconcile run takes in one look into the due index.
LIFE_RECORDS_MAX = 1_000
_EVENTS_OF_A_RATE = 1_000


@dataclass(frozen=True, slots=True)
class Rates:
    """What 1,000 events cost."""

    write_units: Decimal
    index_units: Decimal
    read_units: Decimal
    calls: Decimal

    def __add__(self, other: "Rates") -> "Rates":
        return Rates(
            self.write_units + other.write_units,
            self.index_units + other.index_units,
            self.read_units + other.read_units,
            self.calls + other.calls,
        )


@dataclass(frozen=True, slots=True)
class ShapeCost:
    """What a shape costs for 1,000 events.

    Attributes:
        drain: until the events are in the journal.
        life: the drain, and all that follows until AWS's answer is stored.
        accounting: one look of the accounting run at the accounts.
        records_per_call: of BatchMeterUsage.

    """

    drain: Rates
    life: Rates
    accounting: Rates
    records_per_call: Decimal


def rates_of(spent: Spent, events: Decimal | int) -> Rates:
    """Return what 1,000 events cost when `events` of them cost `spent`."""
    share = Decimal(_EVENTS_OF_A_RATE) / events
    return Rates(
        spent.write_units * share,
        spent.index_units * share,
        spent.read_units * share,
        spent.call_count * share,
    )


def watch_account(recorder: Recorder, account: Account) -> None:
    """Make the tables of a new account known to the recorder."""
    recorder.add_table(account.usage_table, schema_of(table_definition("UsageTable")))
    recorder.add_table(
        account.subscriptions_table, schema_of(table_definition("SubscriptionsTable"))
    )


def count_shape(shape: Shape, account: Account, recorder: Recorder) -> ShapeCost:
    """Drain all usage of a shape, bill some of its records, account once; return the costs.

    Fails when the bill is not what was sent: a wrong result has no price.
    """
    metering = MeteringApi(cast("MarketplaceMeteringClient", shape.marketplace))
    with wired(
        account,
        shape.clock,
        metering=metering,
        workers=OneAfterTheOther(),
        hook=recorder.watch,
    ) as drain:
        for customer in shape.customers:
            drain.submit.subscriptions.upsert(
                customer.subscription, customer.resolved, trial=False, now=shape.clock.now()
            )
        with recorder.spending() as in_drain:
            kept = [message for batch in shape.drains for message in drain(batch)]
        shape.clock.move_to(SETTLED_AT)
        with recorder.spending() as after_drain:
            keys = drain.ledger.due_keys(now=SETTLED_AT, count_max=LIFE_RECORDS_MAX)
            left = drain.submit(keys)
        with recorder.spending() as in_accounting:
            for account_key in {key.account for key in keys}:
                tuple(drain.ledger.read_account(account_key, None))
        _check(shape, drain, keys, kept_or_left=len(kept) + left)
    calls = shape.marketplace.calls()
    after_drain.calls["BatchMeterUsage"] += len(calls)
    billed_events = Decimal(shape.event_count) * len(keys) / shape.record_count
    drained = rates_of(in_drain, shape.event_count)
    return ShapeCost(
        drain=drained,
        life=drained + rates_of(after_drain, billed_events),
        accounting=rates_of(in_accounting, billed_events),
        records_per_call=Decimal(len(keys)) / len(calls),
    )


def _check(
    shape: Shape, drain: DrainUsage, keys: Sequence[RecordKey], *, kept_or_left: int
) -> None:
    """Compare the bill with the journal, and the journal with what was sent."""
    metered = drain.ledger.read(keys)
    journalled = sum(len(page.entries) for record in metered.values() for page in record.pages)
    expected = shape.event_count * len(keys) // shape.record_count
    units = sum((page.units for record in metered.values() for page in record.pages), Decimal(0))
    billed = sum((line.quantity for line in shape.marketplace.bill()), Decimal(0))
    states = {record.state for record in metered.values()}
    if kept_or_left or states != {RecordState.METERED} or journalled != expected or billed != units:
        raise ValueError(
            f"{shape.name}: {kept_or_left} kept or left, {states}, "
            f"{journalled} of {expected} events, {billed} of {units} units billed"
        )
