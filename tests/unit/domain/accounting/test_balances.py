"""Accounting: books that balance, and planted differences that do not go unnoticed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Balance, Standing, balance_log, standing_of
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import CarriedPart, Segment
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Batch, MeteringRecord
from meterhouse.domain.usage.events import Tags
from tests.unit.domain.builders import (
    HOUR,
    KEY,
    LOG,
    NOON_AT,
    batch_of,
    carried_segment,
    fold_of,
    record_in,
    sealed_record,
    segment_of,
    usage_event,
)

ADS: Tags = (("team", "ads"),)
METERED, CARRIED = RecordState.METERED, RecordState.CARRIED
LATER = LogKey(NOON_AT + 2 * HOUR, 0)
LATE_METER, CUT_METER, CARRIED_METER, TARGET_METER, WAITING_METER = (
    MeterKey(KEY.subscription, name) for name in ("late", "cut", "carried", "target", "waiting")
)
ORIGIN = "2026-11-18T10#00/late#000001#000"


@dataclass
class Books:
    """An hour in which everything happened that moves units from hour to hour."""

    head: Head = field(default_factory=lambda: Head(LOG, open=2, done=2, is_settled=True))
    generations: list[list[Segment]] = field(default_factory=list)
    records: list[MeteringRecord] = field(default_factory=list)
    carries: list[Carry] = field(default_factory=list)

    def balances(self) -> dict[MeterKey, Balance]:
        batches: list[Batch] = [batch_of(*self.records)] if self.records else []
        through = {record.key.meter: 0 for record in self.records}
        fold = fold_of(*self.generations, through=through)
        found = balance_log(self.head, fold, batches, self.carries)
        return {one.meter: one for one in found}

    def differences(self) -> dict[MeterKey, Decimal]:
        found = self.balances().items()
        return {meter: one.difference for meter, one in found if one.difference}


def carry(name: str, meter: MeterKey, units: str) -> Carry:
    part = CarriedPart(meter, Decimal(units), ())
    return Carry(LOG, name, (part,), NOON_AT + 2 * HOUR, LATER, generation=0, has_arrived=True)


def books() -> Books:
    def event(name: str, units: str, meter: MeterKey) -> Segment:
        return segment_of(usage_event(name, units, home=KEY._replace(dimension=meter.dimension)))

    def record(
        state: RecordState, meter: MeterKey, units: str, *, rest: str = "0"
    ) -> MeteringRecord:
        key = KEY._replace(dimension=meter.dimension)
        beyond = [(rest, ())] if Decimal(rest) else []
        return record_in(state, sealed_record(units, key=key, rest=beyond))

    return Books(
        generations=[
            [
                event("a", "1.5", LATE_METER),
                event("b", "2", LATE_METER),
                event("a", "1.5", LATE_METER),
                event("c", "9999999999", CUT_METER),
                event("d", "16", CUT_METER),
                event("e", "8", CARRIED_METER),
                carried_segment((32, ()), (64, ADS), origin=ORIGIN, meter=TARGET_METER),
            ],
            [event("a", "1.5", LATE_METER), event("late", "4", LATE_METER)],
        ],
        records=[
            record(METERED, LATE_METER, "3.5"),
            record(METERED, CUT_METER, "9999999999.999999", rest="15.000001"),
            record(CARRIED, CARRIED_METER, "8"),
            record(METERED, TARGET_METER, "96"),
        ],
        carries=[
            carry("late#000001#000", LATE_METER, "4"),
            carry("rest#batch#000", CUT_METER, "15.000001"),
            carry("record#batch#02#000", CARRIED_METER, "8"),
        ],
    )


def standings_of(balance: Balance) -> dict[Standing, Decimal]:
    return {standing: units for standing, units in balance.standings.items() if units}


def test_books_in_which_everything_happened_balance_to_the_last_decimal() -> None:
    found = books().balances()

    assert books().differences() == {}
    assert {meter.dimension: standings_of(one) for meter, one in found.items()} == {
        "late": {Standing.METERED: Decimal("3.5"), Standing.CARRIED: Decimal(4)},
        "cut": {
            Standing.METERED: Decimal("9999999999.999999"),
            Standing.CARRIED: Decimal("15.000001"),
        },
        "carried": {Standing.CARRIED: Decimal(8)},
        "target": {Standing.METERED: Decimal(96)},
    }
    assert found[LATE_METER].journalled == Decimal("7.5")
    assert (found[LATE_METER].records, found[LATE_METER].entries) == (1, 5)


def test_what_left_and_what_arrived_is_told_by_origin() -> None:
    found = books().balances()

    assert found[LATE_METER].left == {f"{LOG}/late#000001#000": 4}
    assert found[CUT_METER].left == {f"{LOG}/rest#batch#000": Decimal("15.000001")}
    assert found[TARGET_METER].arrived == {ORIGIN: 96}
    assert found[LATE_METER].arrived == found[TARGET_METER].left == {}


def test_a_log_without_usage_balances() -> None:
    assert Books().balances() == {}


def test_balances_of_several_hours_are_added_up() -> None:
    one, other = books().balances()[LATE_METER], books().balances()[LATE_METER]

    one.add(other)

    assert (one.journalled, one.records, one.entries) == (Decimal(15), 2, 10)
    assert standings_of(one) == {Standing.METERED: Decimal(7), Standing.CARRIED: Decimal(8)}
    assert one.difference == 0


@pytest.mark.parametrize(
    ("state", "reason", "standing"),
    [
        (RecordState.SEALED, None, Standing.PENDING),
        (RecordState.SEALED, "CustomerNotSubscribed", Standing.HELD),
        (RecordState.SUBMITTING, None, Standing.PENDING),
        (RecordState.SUBMITTING, "missing_in_answer", Standing.HELD),
        (RecordState.METERED, None, Standing.METERED),
        (RecordState.METERED, "duplicate_of_own_send", Standing.METERED),
        (RecordState.REJECTED, "InvalidLicenseException", Standing.REJECTED),
        (RecordState.DISPUTED, "DuplicateRecord", Standing.DISPUTED),
        (RecordState.EXPIRED, "deadline", Standing.EXPIRED),
        (RecordState.CARRIED, "deadline", Standing.CARRIED),
    ],
)
def test_every_state_has_its_place_in_the_balance(
    state: RecordState, reason: str | None, standing: Standing
) -> None:
    record = record_in(state, reason=reason)
    hour = Books(generations=[[segment_of(usage_event("a", 7))]], records=[record])

    [found] = hour.balances().values()

    assert standing_of(record) is standing
    assert standings_of(found) == {standing: 7}
    assert found.difference == 0


def test_a_record_whose_usage_has_not_arrived_elsewhere_yet_is_pending() -> None:
    record = record_in(CARRIED)
    leaving = replace(record, status=replace(record.status, due_at=NOON_AT))

    assert standing_of(leaving) is Standing.PENDING


@pytest.mark.parametrize(
    ("waiting", "standing"), [((), Standing.PENDING), ((KEY.subscription,), Standing.HELD)]
)
def test_usage_without_a_record_waits(waiting: tuple[str, ...], standing: Standing) -> None:
    hour = Books(Head(LOG, open=1, waiting=waiting), [[segment_of(usage_event("a", 7))]])  # type: ignore[arg-type] # keys are texts

    [found] = hour.balances().values()

    assert standings_of(found) == {standing: 7}
    assert found.records == 0


@pytest.mark.parametrize("has_arrived", [False, True])
def test_late_usage_is_pending_until_its_generation_was_dealt_with(*, has_arrived: bool) -> None:
    hour = books()
    hour.head = replace(hour.head, done=1)
    hour.carries[0] = replace(hour.carries[0], has_arrived=has_arrived)

    balance = hour.balances()[LATE_METER]

    assert balance.difference == 0
    moved = Standing.CARRIED if has_arrived else Standing.PENDING
    assert standings_of(balance) == {Standing.METERED: Decimal("3.5"), moved: Decimal(4)}


def test_a_rest_that_has_not_arrived_is_pending() -> None:
    hour = books()
    hour.carries[1] = replace(hour.carries[1], has_arrived=False)

    balance = hour.balances()[CUT_METER]

    assert balance.difference == 0
    assert balance.standings[Standing.PENDING] == Decimal("15.000001")


def with_units(place: int, units: str) -> Callable[[Books], None]:
    def change(hour: Books) -> None:
        record = hour.records[place]
        sealed = replace(record.sealed, quantity=Decimal(units))
        hour.records[place] = replace(record, sealed=sealed)

    return change


def with_rest(units: str) -> Callable[[Books], None]:
    def change(hour: Books) -> None:
        record = hour.records[1]
        [part] = record.sealed.rest
        sealed = replace(record.sealed, rest=(replace(part, quantity=Decimal(units)),))
        hour.records[1] = replace(record, sealed=sealed)

    return change


def without_segment(generation: int, place: int) -> Callable[[Books], None]:
    def change(hour: Books) -> None:
        del hour.generations[generation][place]

    return change


def without_carry(hour: Books) -> None:
    del hour.carries[0]


def with_the_same_carried_twice(hour: Books) -> None:
    again = replace(hour.carries[0], name="late#000001#001")
    hour.carries.append(again)


def with_an_event_more(hour: Books) -> None:
    hour.generations[0].append(
        segment_of(usage_event("x", 1, home=KEY._replace(dimension="target")))
    )


@pytest.mark.parametrize(
    ("damage", "meter", "difference"),
    [
        (with_units(0, "3.499999"), LATE_METER, "0.000001"),
        (with_units(0, "3.500001"), LATE_METER, "-0.000001"),
        (with_units(2, "9"), CARRIED_METER, "-1"),
        (with_units(3, "95"), TARGET_METER, "1"),
        (with_rest("15"), CUT_METER, "0.000001"),
        (without_segment(0, 1), LATE_METER, "-2"),
        (without_segment(0, 5), CARRIED_METER, "-8"),
        (without_segment(0, 6), TARGET_METER, "-96"),
        (without_segment(1, 1), LATE_METER, "-4"),
        (without_carry, LATE_METER, "4"),
        (with_the_same_carried_twice, LATE_METER, "-4"),
        (with_an_event_more, TARGET_METER, "1"),
    ],
)
def test_a_planted_difference_is_found(
    damage: Callable[[Books], None], meter: MeterKey, difference: str
) -> None:
    hour = books()

    damage(hour)

    assert hour.differences() == {meter: Decimal(difference)}
