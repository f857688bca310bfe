"""The contract of batches: read back exactly, and stepped by their version."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.batching import LEFT_OUT_MAX
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.records.record import BatchKey, RecordStatus
from meterhouse.domain.subscriptions.identity import (
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    SubscriptionKey,
    legacy_account_key,
    legacy_customer_key,
)
from meterhouse.ports.ledger import UsageLedger
from tests.integration.adapters.ledger_steps import (
    HOUR,
    LEASED_UNTIL,
    LOG,
    MICROSECOND,
    MINUTE,
    NOON_AT,
    PRODUCT_CODE,
    batch,
    finished,
    frozen,
    license_of,
    metered,
    opened,
    sealed,
    submitting,
    taken,
    taken_over,
)

LATER_AT = LEASED_UNTIL + HOUR + MICROSECOND
TEAM = (("team", "a b+-=._:/@"), ("zone", "eu"))


def test_what_does_not_exist_is_no_batch(ledger: UsageLedger) -> None:
    written = frozen(ledger, "a")

    assert ledger.read_batch(BatchKey(LOG, "b")) is None
    assert ledger.read_batch(BatchKey(LogKey(NOON_AT, 1), "a")) is None
    assert ledger.batches(LogKey(NOON_AT, 1)) == []
    assert ledger.batches(LOG) == [written]


def test_every_field_of_a_sealed_record_is_read_back(ledger: UsageLedger) -> None:
    code, other = PRODUCT_CODE, "other/=:_.@-product"
    records = [
        sealed(3599, "9999999999.999999", rest=[("12345678901.5", TEAM), ("0.000001", ())]),
        sealed(1, "0.000001", dimension="naïve ☂ \U0001f4be \n\t\"\\' |#"),
        sealed(1, 0),
        sealed(2, 7, allocations=[("2.5", TEAM), ("4.5", ())]),
        sealed(2, 7, dimension="d" * 255, allocations=[(7, TEAM)], rest=[(1, TEAM)]),
        sealed(
            identity=LegacyCustomerIdentity(code, "ifAPi5AcF3"),
            subscription=legacy_customer_key(code, "ifAPi5AcF3"),
        ),
        sealed(
            identity=LegacyAccountIdentity(code, "444455556666"),
            subscription=legacy_account_key(code, "444455556666"),
        ),
        # The product of a listing that moved: its key and its identity have nothing in common.
        sealed(9, subscription=legacy_customer_key(other, "x"), identity=sealed(9).identity),
        sealed(subscription=SubscriptionKey("license#l-never-registered")),
        # AWS's accounts are digits; whatever stands there comes back.
        sealed(7, identity=LicenseIdentity("no account", license_of(7).license_arn)),
        sealed(8, identity=LicenseIdentity("", license_of(8).license_arn)),
    ]
    records += [
        replace(sealed(3, 5), included=Decimal("12.5")),
        replace(sealed(3, 0, dimension="included"), included=Decimal(1)),
        replace(sealed(3, 5, dimension="never asked"), included=None),
    ]
    records += [replace(sealed(8), product_code=other), replace(sealed(8), product_code="")]

    written = frozen(ledger, "a", *records)

    assert ledger.batches(LOG) == [written]
    assert ledger.read_batch(written.key) == written


def test_every_field_of_a_status_is_read_back(ledger: UsageLedger) -> None:
    before = frozen(ledger, "a", *(sealed(number) for number in range(9)))
    statuses = [
        submitting(LATER_AT, sends=3),
        RecordStatus(
            RecordState.SEALED, NOON_AT - MICROSECOND, AwsCode("refused:SomeException"), 2, 7
        ),
        metered("6f1c2b34-0000-4000-8000-0123456789ab"),
        metered("any receipt ☂ \n"),
        metered(""),
        metered(None),
        RecordStatus(RecordState.REJECTED, None, Reason.SUBSCRIPTION_UNKNOWN),
        RecordStatus(RecordState.CARRIED, LATER_AT + MICROSECOND, Reason.DEADLINE),
        RecordStatus(RecordState.DISPUTED, None, Reason.DUPLICATE, 1, 0, "receipt"),
    ]
    after = replace(
        before.with_statuses({}),
        records=tuple(
            replace(record, status=status)
            for record, status in zip(before.records, statuses, strict=True)
        ),
    )

    assert ledger.store(after) is True

    assert ledger.read_batch(before.key) == after
    assert ledger.batches(LOG) == [after]


@pytest.mark.parametrize(
    "receipts",
    [
        ["6f1c2b34-0000-4000-8000-0123456789ab", "00000000-0000-0000-0000-000000000000"],
        ["6f1c2b34000040008000-0123456789ab", "6F1C2B34-0000-4000-8000-0123456789AB"],
        ["6f1c2b34000040008000000123456789ab"[:32], "0" * 32],
        ["6f1c2b34-0000-4000-8000-0123456789ab", "0" * 32],
        ["6f1c2b34-0000-4000-8000-0123456789ab", None],
        [None, "0"],
        ["same", "same"],
    ],
)
def test_receipts_of_any_shape_are_read_back(
    ledger: UsageLedger, receipts: list[str | None]
) -> None:
    before = frozen(ledger, "a", sealed(1), sealed(2))

    after = before.with_statuses({place: metered(one) for place, one in enumerate(receipts)})
    ledger.store(after)

    assert ledger.batches(LOG) == [after]


def test_through_which_generation_a_batch_was_frozen_is_read_back(ledger: UsageLedger) -> None:
    opened(ledger)
    written = replace(batch("a"), through=12_345)
    ledger.freeze(taken(ledger), [written])

    ledger.store(finished(written))

    assert ledger.batches(LOG) == [finished(written)]


def test_what_a_freeze_left_out_is_read_back(ledger: UsageLedger) -> None:
    opened(ledger)
    names = tuple(f"{number}#{number:032x}" for number in range(LEFT_OUT_MAX))
    written = replace(batch("a"), left_out=names)
    ledger.freeze(taken(ledger), [written])

    ledger.store(finished(written))

    assert ledger.batches(LOG) == [finished(written)]


def test_the_next_version_of_a_batch_is_stored(ledger: UsageLedger) -> None:
    first = frozen(ledger, "a", sealed(1), sealed(2))
    second = first.with_statuses({1: metered("receipt")})
    third = second.with_statuses({0: RecordStatus(RecordState.DISPUTED, None, Reason.DUPLICATE, 1)})

    assert ledger.store(second) is True
    assert ledger.store(third) is True

    assert ledger.read_batch(first.key) == third


@pytest.mark.parametrize("version", [1, 2, 4])
def test_another_version_than_the_next_is_not_stored(ledger: UsageLedger, version: int) -> None:
    first = frozen(ledger, "a")
    second = first.with_statuses({})
    ledger.store(second)

    assert ledger.store(replace(finished(first), version=version)) is False

    assert ledger.read_batch(first.key) == second


def test_of_two_steps_from_one_reading_only_the_first_is_stored(ledger: UsageLedger) -> None:
    seen = frozen(ledger, "a")
    claim = seen.with_statuses({0: submitting(LATER_AT, sends=2)})

    assert ledger.store(claim) is True
    # Even one that is the same in everything: only one of two senders may send.
    assert ledger.store(claim) is False
    assert ledger.store(finished(seen)) is False

    assert ledger.read_batch(seen.key) == claim


def test_a_batch_that_does_not_exist_is_not_stored(ledger: UsageLedger) -> None:
    absent = batch("a")

    assert ledger.store(finished(absent)) is False
    assert ledger.store(replace(absent, version=1)) is False

    assert ledger.batches(LOG) == []


def test_a_step_needs_no_lease_of_the_log(ledger: UsageLedger) -> None:
    written = frozen(ledger, "a")
    taken_over(ledger)

    assert ledger.store(finished(written)) is True


def test_batches_of_many_megabytes_are_read_over_many_pages(ledger: UsageLedger) -> None:
    """A query answers with at most 1 MB at a time."""
    opened(ledger)
    lease = taken(ledger)
    written = [
        batch(
            f"{number:02}",
            sealed(
                number,
                2_000,
                allocations=[
                    (1, (("k", f"{place * 7919:0130}{number}"),)) for place in range(2_000)
                ],
            ),
        )
        for number in range(12)
    ]
    for one in written:
        assert ledger.freeze(lease, [one])

    assert ledger.batches(LOG) == written


def test_quantities_are_equal_however_they_are_written(ledger: UsageLedger) -> None:
    written = frozen(ledger, "a", sealed(1, "1.500000"), sealed(2, "1E+3"), sealed(3, "0E-6"))

    (read,) = ledger.batches(LOG)

    assert read == written
    assert [record.units for record in read.records] == [Decimal("1.5"), 1000, 0]


def test_due_times_are_kept_to_the_microsecond(ledger: UsageLedger) -> None:
    written = frozen(ledger, "a", sealed(1), sealed(2))
    after = written.with_statuses({0: submitting(LATER_AT), 1: submitting(LATER_AT + MINUTE)})

    ledger.store(after)

    read = ledger.read_batch(written.key)
    assert read is not None
    assert [record.status.due_at for record in read.records] == [LATER_AT, LATER_AT + MINUTE]
    assert read.due_at == LATER_AT
