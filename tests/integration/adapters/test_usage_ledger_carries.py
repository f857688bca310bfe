"""The contract of carries: written down once, and moved by comparing versions."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.journal.carrying import KeptPart
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.identity import legacy_customer_key
from meterhouse.ports.ledger import UnbilledLedger, UsageLedger
from tests.integration.adapters.ledger_steps import (
    HOUR,
    LOG,
    MICROSECOND,
    NOON_AT,
    NOW,
    carried_part,
    carry,
    moved,
)

TEAM = (("team", "a b+-=._:/@"), ("zone", "eu"))


def test_a_log_without_carries_has_none(ledger: UsageLedger) -> None:
    ledger.write_carry(carry(log=LogKey(NOON_AT, 1)))
    ledger.write_carry(carry(log=LogKey(NOON_AT + HOUR, 0)))

    assert ledger.carries(LOG) == {}


def test_a_carry_is_written_down_and_read_back(ledger: UsageLedger) -> None:
    written = carry()

    assert ledger.write_carry(written) == written

    assert ledger.carries(LOG) == {written.name: written}


def test_that_a_carry_is_withheld_is_read_back(ledger: UsageLedger) -> None:
    written = replace(carry(), is_withheld=True)

    ledger.write_carry(written)

    assert ledger.carries(LOG) == {written.name: written}


def test_what_stays_of_a_carry_is_read_back_with_its_reason(ledger: UsageLedger) -> None:
    kept = (
        KeptPart(carried_part(1, "0.5", TEAM), Reason.BEFORE_START),
        KeptPart(carried_part(2, 7), Reason.AFTER_END),
    )
    whole, part = replace(carry(), parts=(), kept=kept), replace(carry("rest#b#000"), kept=kept)

    for written in (whole, part):
        assert ledger.write_carry(written) == written
    arrived = replace(part, has_arrived=True, version=2)
    ledger.write_carry(arrived)

    assert ledger.carries(LOG) == {whole.name: whole, arrived.name: arrived}


def test_logs_of_which_usage_stays_are_listed_by_hour_for_ever(ledger: UnbilledLedger) -> None:
    kept = (KeptPart(carried_part(1, "0.5"), Reason.BEFORE_START),)
    logs = [LogKey(NOON_AT + hour * HOUR, 0) for hour in range(3)]
    ledger.write_carry(carry(log=LogKey(NOON_AT - HOUR, 0)))
    for log in reversed(logs):
        ledger.write_carry(replace(carry(log=log), kept=kept))
    arrived = replace(carry(log=logs[0]), kept=kept, has_arrived=True, version=2)
    assert ledger.write_carry(arrived) == arrived
    ledger.write_carry(replace(carry("rest#b#000", log=logs[2]), parts=(), kept=kept))

    assert ledger.kept(count_max=9) == [*logs, logs[2]]
    assert ledger.kept(count_max=2) == logs[:2]
    assert ledger.kept(count_max=0) == []
    assert (ledger.refused(count_max=9), ledger.due(now=None, count_max=9)) == ([], [])


def test_every_part_of_a_carry_is_read_back_in_order(ledger: UsageLedger) -> None:
    parts = (
        carried_part(2, "9999999999.999999", TEAM),
        carried_part(1, "0.000001"),
        carried_part(1, "123456789012345.5", TEAM, dimension='naïve ☂ \U0001f4be \n"\\ |#'),
        carried_part(1, 1, (("team", ""),)),
        carried_part(2, "1.50"),
        CarriedPart(MeterKey(legacy_customer_key("p", "!\"$%&'()*+"), "d" * 255), Decimal(1), ()),
    )
    written = carry("rest#0123456789abcdef01234567#000", *parts)

    ledger.write_carry(written)

    assert ledger.carries(LOG) == {written.name: written}


def test_carries_are_told_by_name(ledger: UsageLedger) -> None:
    names = ["record#b#03#000", "late#000001#000", "rest#b#000", "late#000000#001"]
    for name in names:
        ledger.write_carry(carry(name))

    assert list(ledger.carries(LOG)) == sorted(names)
    assert all(name == one.name for name, one in ledger.carries(LOG).items())


def test_the_first_carry_of_a_name_stands(ledger: UsageLedger) -> None:
    first = carry()
    other = replace(first, carried_at=NOW + MICROSECOND, generation=7)
    ledger.write_carry(first)

    assert ledger.write_carry(other) == first
    assert ledger.write_carry(first) == first

    assert ledger.carries(LOG) == {first.name: first}


def test_a_carry_is_moved_by_who_saw_the_version_before(ledger: UsageLedger) -> None:
    first = carry()
    second = moved(first)
    third = replace(second, has_arrived=True, version=3)
    ledger.write_carry(first)

    assert ledger.write_carry(second) == second
    assert ledger.write_carry(third) == third

    assert ledger.carries(LOG) == {first.name: third}


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_carry_of_another_version_than_the_next_is_not_written(
    ledger: UsageLedger, version: int
) -> None:
    first = carry()
    second = moved(first)
    ledger.write_carry(first)
    ledger.write_carry(second)

    assert ledger.write_carry(replace(moved(second, 9), version=version)) == second

    assert ledger.carries(LOG) == {first.name: second}


def test_of_two_targets_from_one_reading_the_first_stands(ledger: UsageLedger) -> None:
    first = carry()
    ledger.write_carry(first)

    assert ledger.write_carry(moved(first, 1)) == moved(first, 1)
    assert ledger.write_carry(moved(first, 2)) == moved(first, 1)


def test_when_it_was_carried_is_kept_to_the_microsecond(ledger: UsageLedger) -> None:
    written = replace(carry(), carried_at=NOW + MICROSECOND)

    ledger.write_carry(written)

    assert ledger.carries(LOG)[written.name].carried_at == NOW + MICROSECOND


def test_carries_of_many_megabytes_are_read_over_many_pages(ledger: UsageLedger) -> None:
    """A query answers with at most 1 MB at a time."""
    for number in range(8):
        parts = [carried_part(number * 8_000 + place, place) for place in range(8_000)]
        ledger.write_carry(carry(f"late#{number:06}#000", *parts))

    read = ledger.carries(LOG)

    assert len(read) == 8
    assert {len(one.parts) for one in read.values()} == {8_000}
