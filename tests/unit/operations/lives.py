"""Lives of the application after which, and in the middle of which, nothing is at fault."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from meterhouse.domain.allowances.rules import read_rules
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.operator_commands import Flush
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason, Why
from meterhouse.domain.records.record import Batch, RecordStatus
from meterhouse.ports.ledger import UsageLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.including import Contracts

MOST = 9_999_999_999


def live_through_lateness(house: Meterhouse) -> None:
    """Repeats, late usage, a sum beyond ten digits, and hours without usage."""
    house.policy = replace(house.policy, heartbeat=True)
    buyer = house.buyer()
    house.drain(house.event(buyer, "a", quantity=MOST), house.event(buyer, "b", quantity=10))
    house.drain(house.event(buyer, "a", quantity=MOST))
    house.drain(house.event(buyer, "late", quantity="0.000001"))
    house.drain(house.event(buyer, "none", quantity=0, dimension="gigabytes"))
    for hours in (2.3, 3.3, 30):
        house.clock.move_to(NOON + timedelta(hours=hours))
        house.reconcile()


def live_through_refusals(house: Meterhouse) -> None:
    """A license that nobody knows, a bad dimension, another meter, an end, and a redrive."""
    stranger, ended, double = house.subscribe(), house.buyer(), house.buyer()
    house.marketplace.end_agreement(ended.agreement_id, ends_at=NOON - 3 * HOUR)
    house.marketplace.batch_meter_usage(
        UsageRecords=[
            {
                "Timestamp": NOON,
                "Dimension": "api_calls",
                "Quantity": 99,
                "CustomerAWSAccountId": double.customer_aws_account_id,
                "LicenseArn": double.license_arn,
            }
        ]
    )
    house.drain(
        house.event(stranger, quantity="1.5"),
        house.event(ended, quantity=2),
        house.event(double, quantity=3),
        house.event(double, quantity=4, dimension="no_such_dimension"),
    )
    house.clock.move_to(NOON + 24 * HOUR)
    house.reconcile()
    house.register(stranger)
    house.reconcile(house.key(stranger))
    house.clock.move_to(NOON + 26 * HOUR)
    house.reconcile()


def live_through_outages(house: Meterhouse) -> None:
    """No answer until the deadline, and a queue that held an hour open beyond its own."""
    silent, waiting = house.buyer(), house.buyer()
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    house.drain(house.event(silent, quantity=4))
    house.queue.waiting = 1
    house.drain(house.event(waiting, quantity=5), sent_at=NOON)
    house.queue.waiting = 0
    for hours in (24, 30, 32):
        house.clock.move_to(NOON + hours * HOUR)
        house.reconcile()


def live_through_flushes(house: Meterhouse) -> None:
    """An unfinished hour and a settled one that are closed for one subscription, and more usage."""
    house.policy = replace(house.policy, quiet=timedelta(minutes=2))
    leaving, staying, late = house.buyer(), house.buyer(), house.buyer()
    flush = house.key(leaving).subscription
    house.clock.move_to(NOON + timedelta(minutes=40))
    house.drain(house.event(leaving, quantity=3), house.event(staying, quantity=2))
    house.reconcile(flushes=[Flush(flush, house.clock.now())])
    house.drain(house.event(leaving, "late", quantity=5))
    house.clock.move_to(NOON + 1.3 * HOUR)
    house.reconcile()
    house.drain(house.event(late, quantity=7))
    house.reconcile(flushes=[Flush(flush, house.clock.now())])
    for hours in (1.5, 2.3, 4):
        house.clock.move_to(NOON + hours * HOUR)
        house.reconcile()


def live_outside_of_subscriptions(house: Meterhouse) -> None:
    """Usage from before a start and after an end, late usage of both, and more than ten digits."""
    early, gone, other = house.buyer(), house.buyer(), house.buyer()
    book = house.subscriptions.subscriptions
    for buyer, starts_at, ended_at in ((early, NOON + HOUR, None), (gone, None, NOON)):
        key = house.key(buyer).subscription
        book[key] = replace(book[key], starts_at=starts_at, ended_at=ended_at)
    house.drain(
        house.event(early, "a", quantity=MOST),
        house.event(early, "b", quantity=10),
        *(house.event(one, "c", quantity=4) for one in (gone, other)),
    )
    house.drain(*(house.event(one, "late", quantity=5) for one in (early, gone, other)))
    for hours in (2.3, 3.3, 30):
        house.clock.move_to(NOON + timedelta(hours=hours))
        house.reconcile()


class OfContract(NamedTuple):
    """Records of a buyer whose contract includes 100 units a month: of 60 units, and of 70.5."""

    within: RecordKey
    beyond: RecordKey


def live_on_a_contract(house: Meterhouse) -> OfContract:
    """An hour of which all is included, and the next, of which the last units exceed it."""
    house.policy = replace(house.policy, included=read_rules("gigabytes=100/month"))
    house.ask_entitlements = Contracts(house)
    buyer = house.buyer()
    within = house.key(buyer, hour_at=NOON)._replace(dimension="gigabytes")
    for hours, units in ((0, "60"), (1, "70.5")):
        house.hour_at = NOON + hours * HOUR
        house.clock.move_to(house.hour_at + 1.4 * HOUR)
        house.drain(house.event(buyer, f"e{hours}", dimension="gigabytes", quantity=units))
        house.reconcile()
    return OfContract(within, within._replace(hour_at=house.hour_at))


LIVES: tuple[Callable[[Meterhouse], object], ...] = (
    live_through_lateness,
    live_through_refusals,
    live_through_outages,
    live_through_flushes,
    live_outside_of_subscriptions,
    live_on_a_contract,
)


@dataclass(frozen=True, slots=True)
class EveryState:
    """The records that `live_into_every_state` leaves, one subscription each.

    All but the last three are of noon's hour, which has a carry of each kind.
    """

    metered: RecordKey
    rejected: RecordKey
    disputed: RecordKey
    expired: RecordKey
    carried: RecordKey
    large: RecordKey
    held: RecordKey
    submitting: RecordKey
    open: RecordKey

    @property
    def log(self) -> LogKey:
        """Noon's hour."""
        return LogKey(self.metered.hour_at, 0)

    @property
    def next_log(self) -> LogKey:
        """The hour to which late usage and the rest of the large record went."""
        return LogKey(self.metered.hour_at + HOUR, 0)

    @property
    def last_log(self) -> LogKey:
        """The open hour, to which the carried record went."""
        return LogKey(self.open.hour_at, 0)


def live_into_every_state(house: Meterhouse) -> EveryState:
    """Bring a record into every state, with other units each.

    Of the metered one's 100.000001 units one more came late, and 9.000001 units of the large one
    were beyond AWS's largest quantity.
    """
    (metered, rejected, disputed, expired, carried, large, submitting, current) = (
        house.buyer() for _ in range(8)
    )
    stranger = house.subscribe()
    house.drain(
        house.event(metered, "a", quantity=100),
        house.event(metered, "b", quantity="0.000001"),
        house.event(rejected, quantity=2),
        house.event(disputed, quantity=3),
        house.event(expired, quantity=4),
        house.event(carried, quantity=5),
        house.event(large, "a", quantity=MOST),
        house.event(large, "b", quantity=10),
    )
    house.drain(house.event(metered, "late", quantity=1))
    _restate(house, house.key(rejected), RecordState.REJECTED, AwsCode("InvalidLicenseException"))
    _restate(house, house.key(disputed), RecordState.DISPUTED, Reason.DUPLICATE)
    _restate(house, house.key(expired), RecordState.EXPIRED, Reason.DEADLINE)
    _restate(house, house.key(carried), RecordState.REJECTED, AwsCode("InvalidLicenseException"))
    house.clock.move_to(NOON + 25.4 * HOUR)
    house.reconcile(house.key(carried))
    # A redrive changes the books of its hour, which are balanced once that is over.
    house.clock.move_to(NOON + 25.5 * HOUR)
    house.reconcile()
    house.hour_at = NOON + 24 * HOUR
    house.drain(
        house.event(stranger, quantity="6.5"),
        house.event(submitting, quantity=7),
        house.event(current, quantity=8, time=(NOON + 25.3 * HOUR).isoformat()),
    )
    due_at = house.clock.now() + HOUR
    _restate(house, house.key(submitting), RecordState.SUBMITTING, None, due_at=due_at)
    keys = EveryState(
        metered=house.key(metered, hour_at=NOON),
        rejected=house.key(rejected, hour_at=NOON),
        disputed=house.key(disputed, hour_at=NOON),
        expired=house.key(expired, hour_at=NOON),
        carried=house.key(carried, hour_at=NOON),
        large=house.key(large, hour_at=NOON),
        held=house.key(stranger),
        submitting=house.key(submitting),
        open=house.key(current, hour_at=NOON + 25 * HOUR),
    )
    house.hour_at = NOON
    return keys


def find_record(ledger: UsageLedger, key: RecordKey) -> tuple[Batch, int]:
    """Return the batch of a record, and its place there."""
    found = [
        (batch, place)
        for batch in ledger.batches(LogKey(key.hour_at, 0))
        for place, record in enumerate(batch.records)
        if record.key == key
    ]
    (one,) = found
    return one


def _restate(
    house: Meterhouse,
    key: RecordKey,
    state: RecordState,
    reason: Why | None,
    *,
    due_at: datetime | None = None,
) -> None:
    """Let a record stand as if AWS had answered otherwise."""
    batch, place = find_record(house.ledger, key)
    receipt = "receipt" if state is RecordState.DISPUTED else None
    status = RecordStatus(state, due_at, reason, sends=1, metering_record_id=receipt)
    assert house.ledger.store(batch.with_statuses({place: status}))
