"""What comes to pass between two reads of an audit is no fault."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Balance, Standing
from meterhouse.domain.journal.carrying import Carry, rest_name
from meterhouse.domain.journal.folding import Freeze, LogFold
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import CarriedPart, encode_events
from meterhouse.domain.keys import LogKey
from meterhouse.domain.quantity import QUANTITY_MAX
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import (
    Allocation,
    Batch,
    BatchKey,
    MeteringRecord,
    RecordStatus,
    SealedRecord,
)
from meterhouse.domain.subscriptions.identity import LicenseIdentity
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.ports.ledger import StoredSegment
from operations.audit import Audit
from operations.careful_ledger import Noted, Part
from operations.errors import OperationError
from operations.findings import Fault, FaultKind, Findings
from operations.hour_faults import take_stranded
from operations.hour_reading import HourReading, read_hour
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import Meterhouse
from tests.unit.operations.builders import KEY, NOON_AT, audited, faults_of, named
from tests.unit.operations.lives import EveryState, live_into_every_state

LOG = LogKey(NOON_AT, 0)
REST = Decimal(3)


class LedgerWithCarriesToCome(InMemoryLedger):
    """Hides what an hour carries from the first who asks."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: set[LogKey] = set()

    def carries(self, log: LogKey) -> dict[str, Carry]:
        if log in self.hidden:
            self.hidden.remove(log)
            return {}
        return super().carries(log)


def test_a_carry_that_was_written_down_after_its_hour_was_read() -> None:
    ledger = LedgerWithCarriesToCome()
    house = Meterhouse(ledger)
    keys = live_into_every_state(house)
    # The late usage was not dealt with when the head was read.
    head = ledger.stored_heads[keys.log]
    ledger.stored_heads[keys.log] = replace(head, done=1, is_balanced=False)

    ledger.hidden = {keys.log}

    assert faults_of(audited(ledger, house.clock.now())) == []
    assert ledger.hidden == set()


def reading_with_a_rest(*, through: int, carry: Carry | None = None) -> tuple[HourReading, Balance]:
    """Return a balanced hour of which one generation was dealt with, and a record with a rest."""
    identity = LicenseIdentity("444455556666", "arn:aws:license-manager::1:license:l-0")
    sealed = SealedRecord(
        KEY, identity, "product", NOON_AT, QUANTITY_MAX, rest=(Allocation(REST, ()),)
    )
    record = MeteringRecord(sealed, RecordStatus(RecordState.METERED, None, sends=1))
    batch = Batch(BatchKey(LOG, "batch"), through, (record,))
    head = Head(LOG, open=2, done=1, is_settled=True, due_at=NOON_AT, is_balanced=True)
    carries = {} if carry is None else {carry.name: carry}
    reading = HourReading(head, carries, [batch], {}, LogFold({KEY.meter: Freeze(through)}))
    balance = Balance(KEY.meter, QUANTITY_MAX + REST, records=1)
    balance.place(Standing.METERED, QUANTITY_MAX)
    balance.place(Standing.PENDING, REST)
    return reading, balance


def rest_carry(*, has_arrived: bool) -> Carry:
    parts = (CarriedPart(KEY.meter, REST, ()),)
    name = f"{rest_name('batch')}#000"
    return Carry(LOG, name, parts, NOON_AT, LOG, generation=0, has_arrived=has_arrived)


def test_a_rest_of_a_balanced_hour_was_carried_on() -> None:
    reading, balance = reading_with_a_rest(through=0)

    assert take_stranded(reading, balance, is_whole=True) == (
        "3 units beyond AWS's largest quantity were not carried on"
    )
    assert balance.difference == REST


def test_a_rest_that_was_frozen_after_the_head_was_read_still_waits() -> None:
    reading, balance = reading_with_a_rest(through=1)

    assert take_stranded(reading, balance, is_whole=True) is None
    assert balance.difference == 0


@pytest.mark.parametrize("has_arrived", [True, False])
def test_a_rest_has_left_when_it_has_arrived(*, has_arrived: bool) -> None:
    carry = rest_carry(has_arrived=has_arrived)
    reading, balance = reading_with_a_rest(through=0, carry=carry)

    reason = take_stranded(reading, balance, is_whole=True)

    assert (reason is None) is has_arrived


def append_events(ledger: InMemoryLedger, generation: int, *quantities: int) -> None:
    events = [
        UsageEvent(f"e{n}", KEY, Decimal(one), NOON_AT, ()) for n, one in enumerate(quantities)
    ]
    for one in encode_events(NOON_AT, events):
        ledger.append(LOG, StoredSegment(generation, one.name, one.blob))


@pytest.mark.parametrize(("before", "is_right"), [(0, True), (1, False)])
def test_new_usage_of_a_meter_that_had_only_zeros_waits(before: int, *, is_right: bool) -> None:
    ledger = InMemoryLedger()
    ledger.stored_heads[LOG] = Head(LOG, open=1, done=1, is_settled=True, is_balanced=True)
    append_events(ledger, 0, before)
    names = {one.name for one in ledger.segments(LOG, 0)}
    ledger.write_manifest(LOG, 0, names)
    append_events(ledger, 1, before, 7)

    assert audited(ledger, NOON_AT).is_right is is_right


def test_an_hour_that_is_too_large_is_read_for_one_subscription() -> None:
    ledger = InMemoryLedger()
    house = Meterhouse(ledger)
    one, other = house.buyer(), house.buyer()
    house.drain(house.event(one), house.event(other, "e2"), house.event(other, "e3"))
    head = ledger.stored_heads[LogKey(house.hour_at, 0)]
    key = house.key(one)

    with pytest.raises(OperationError, match="does not fit into memory: more than 1 events"):
        read_hour(ledger, head, None, events_max=1)

    found = read_hour(ledger, head, key.subscription, events_max=1)
    assert found.fold.meters[key.meter].units == 1


def audited_with(
    ledger: InMemoryLedger, house: Meterhouse, keys: EveryState, kind: FaultKind
) -> Findings:
    """Audit a ledger that notes something about a batch of the open hour."""
    noted = [Noted(keys.last_log, Part.BATCH, Fault("batch", kind, "a detail"))]
    audit = Audit(ledger, noted=noted)
    for head in audit.hours(house.clock.now()):
        audit.read(head)
    return audit.findings()


def test_only_of_a_batch_that_cannot_be_read_nobody_knows_what_it_holds() -> None:
    ledger = InMemoryLedger()
    house = Meterhouse(ledger)
    keys = live_into_every_state(house)

    readable = audited_with(ledger, house, keys, FaultKind.INDEX_WRONG)
    unreadable = audited_with(ledger, house, keys, FaultKind.UNREADABLE)

    assert named(readable) == {("batch", FaultKind.INDEX_WRONG)}
    assert (str(keys.open), FaultKind.DIFFERENCE) in named(unreadable)
