"""The contract of what people look for: sheets of a subscription, and usage that ended unbilled."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DaySheet, SheetLine
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.records.record import RecordStatus
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import UsageLedger
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    HOUR,
    LOG,
    NOW,
    finished,
    frozen,
    opened,
    sealed,
)

FIRST = datetime(2026, 11, 18, tzinfo=UTC)
SECOND = datetime(2026, 11, 19, tzinfo=UTC)
NAME = SubscriptionKey("license#l-1")


def sheet(day_at: datetime, name: SubscriptionKey = NAME, units: str = "2.5") -> DaySheet:
    lines = (
        SheetLine(day_at, "api ☂ calls", Standing.METERED, Decimal(units)),
        SheetLine(day_at + 23 * HOUR, "gigabytes", Standing.CARRIED, Decimal("9999999999.999999")),
    )
    return DaySheet(name, day_at, lines)


def test_sheets_are_read_back_by_day_and_of_one_subscription_only(ledger: UsageLedger) -> None:
    for one in (sheet(SECOND), sheet(FIRST), sheet(FIRST, SubscriptionKey("license#l-11"))):
        ledger.write_sheet(one)

    assert ledger.sheets(NAME, FIRST, SECOND) == [sheet(FIRST), sheet(SECOND)]
    assert ledger.sheets(NAME, SECOND, SECOND) == [sheet(SECOND)]
    assert ledger.sheets(SubscriptionKey("license#l-2"), FIRST, SECOND) == []


def test_a_sheet_takes_the_place_of_the_one_before(ledger: UsageLedger) -> None:
    ledger.write_sheet(sheet(FIRST, units="1"))
    ledger.write_sheet(sheet(FIRST, units="2"))

    assert ledger.sheets(NAME, FIRST, FIRST) == [sheet(FIRST, units="2")]


def test_what_was_paid_for_tenants_in_another_shard_has_a_sheet_of_its_own(
    ledger: UsageLedger,
) -> None:
    own, of_tenants = sheet(FIRST), replace(sheet(FIRST, units="7"), is_of_tenants=True)
    ledger.write_sheet(of_tenants)
    ledger.write_sheet(own)

    assert ledger.sheets(NAME, FIRST, FIRST) == [own, of_tenants]


def test_a_finished_batch_with_usage_that_ended_unbilled_is_found(ledger: UsageLedger) -> None:
    before = frozen(ledger, "a", sealed(1), sealed(2), sealed(3, 0))
    assert ledger.refused(count_max=10) == []
    rejected = RecordStatus(RecordState.REJECTED, None, AwsCode("InvalidLicenseException"), sends=1)
    half = before.with_statuses({0: rejected})
    assert ledger.store(half)
    assert ledger.refused(count_max=10) == [], "it is among what is due still"

    done = finished(half).with_statuses({0: rejected})
    assert ledger.store(replace(done, version=half.version + 1))

    assert ledger.refused(count_max=10) == [before.key]
    assert ledger.refused(count_max=0) == []
    assert before.key not in {one.key for one in ledger.due(now=None, count_max=10)}


def test_a_redriven_record_is_due_and_no_longer_refused(ledger: UsageLedger) -> None:
    before = frozen(ledger, "a", sealed(1))
    rejected = before.with_statuses(
        {0: RecordStatus(RecordState.REJECTED, None, AwsCode("x"), sends=1)}
    )
    assert ledger.store(rejected)
    sealed_again = RecordStatus(RecordState.SEALED, NOW, Reason.REDRIVEN, sends=1)

    assert ledger.store(rejected.with_statuses({0: sealed_again}))

    assert ledger.refused(count_max=10) == []
    assert before.key in {one.key for one in ledger.due(now=None, count_max=10)}


def test_a_zero_that_aws_refused_needs_nobody(ledger: UsageLedger) -> None:
    before = frozen(ledger, "a", sealed(1, 0))

    assert ledger.store(
        before.with_statuses({0: RecordStatus(RecordState.REJECTED, None, AwsCode("x"))})
    )

    assert ledger.refused(count_max=10) == []


def test_that_a_log_balances_is_remembered_until_it_is_closed_again(ledger: UsageLedger) -> None:
    head = opened(ledger)
    assert ledger.postpone(head, replace(head, is_balanced=True, due_at=DUE_AT + HOUR))
    balanced = ledger.heads([LOG])[LOG]
    assert balanced.is_balanced

    assert ledger.postpone(balanced, replace(balanced, is_balanced=False))

    assert not ledger.heads([LOG])[LOG].is_balanced
