"""Every answer of AWS to a first send and to a repeated one."""

from datetime import datetime

import pytest

from meterhouse.domain.answers import (
    Accepted,
    Duplicate,
    Missing,
    NotSubscribed,
    RecordAnswer,
    RefusalCause,
    Refused,
    UnknownStatus,
    Unprocessed,
    refusal,
)
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.journal import PageKind
from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.outcomes import release, settle_answer, settle_refusal
from meterhouse.domain.records import Change
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT, record_in

SEALED, SUBMITTING, METERED = RecordState.SEALED, RecordState.SUBMITTING, RecordState.METERED
REJECTED, DISPUTED = RecordState.REJECTED, RecordState.DISPUTED
EXPIRED, CARRIED = RecordState.EXPIRED, RecordState.CARRIED

NOW = NOON_AT + 2 * HOUR
FIRST, AGAIN = True, False
CLAIMED = record_in(SUBMITTING, due_at=NOW + 6 * MINUTE)


@pytest.mark.parametrize(
    ("answer", "surely_unsent", "state", "reason"),
    [
        (Accepted("r1"), FIRST, METERED, None),
        (Accepted("r1"), AGAIN, METERED, None),
        (Duplicate("r1"), FIRST, DISPUTED, "DuplicateRecord"),
        (Duplicate("r1"), AGAIN, METERED, "duplicate_of_own_send"),
        (Duplicate(None), FIRST, DISPUTED, "DuplicateRecord"),
        (NotSubscribed(), FIRST, SEALED, "CustomerNotSubscribed"),
        (NotSubscribed(), AGAIN, SUBMITTING, "CustomerNotSubscribed"),
        (Unprocessed(), FIRST, SEALED, "UnprocessedRecords"),
        (Unprocessed(), AGAIN, SUBMITTING, "UnprocessedRecords"),
        (Missing(), FIRST, SUBMITTING, "missing_in_answer"),
        (Missing(), AGAIN, SUBMITTING, "missing_in_answer"),
        (UnknownStatus("New"), FIRST, SUBMITTING, "status_New"),
        (UnknownStatus("New"), AGAIN, SUBMITTING, "status_New"),
    ],
)
def test_an_answer_about_one_record(
    answer: RecordAnswer, state: RecordState, reason: str | None, *, surely_unsent: bool
) -> None:
    change = settle_answer(CLAIMED, answer, surely_unsent=surely_unsent, now=NOW)

    assert (change.record.state, change.record.reason) == (state, reason)
    assert_is_sound(change)


@pytest.mark.parametrize(
    ("code", "surely_unsent", "state"),
    [
        ("InvalidUsageDimensionException", FIRST, REJECTED),
        ("InvalidUsageDimensionException", AGAIN, SUBMITTING),
        ("InvalidLicenseException", FIRST, REJECTED),
        ("InvalidCustomerIdentifierException", FIRST, REJECTED),
        ("InvalidTagException", FIRST, REJECTED),
        ("InvalidUsageAllocationsException", FIRST, REJECTED),
        ("TimestampOutOfBoundsException", FIRST, CARRIED),
        ("TimestampOutOfBoundsException", AGAIN, EXPIRED),
        ("InvalidProductCodeException", FIRST, SEALED),
        ("InvalidProductCodeException", AGAIN, SUBMITTING),
        ("DisabledApiException", FIRST, SEALED),
        ("AccessDeniedException", AGAIN, SUBMITTING),
        ("TooManyTagsException", FIRST, SEALED),
        ("SomethingNewException", AGAIN, SUBMITTING),
    ],
)
def test_an_error_for_a_call_with_one_record(
    code: str, state: RecordState, *, surely_unsent: bool
) -> None:
    change = settle_refusal(CLAIMED, refusal(code), surely_unsent=surely_unsent, now=NOW)

    assert change.record.state is state
    assert (change.record.reason or "").removeprefix("refused:") == code
    assert_is_sound(change)


def assert_is_sound(change: Change) -> None:
    record = change.record
    assert (record.version, change.before_version) == (CLAIMED.version + 1, CLAIMED.version)
    assert (record.frozen, record.units, record.sends) == (
        CLAIMED.frozen,
        CLAIMED.units,
        CLAIMED.sends,
    )
    assert (record.due_at is not None) is (record.state in UNFINISHED)
    if record.due_at is not None:
        assert NOW < record.due_at <= NOW + HOUR
    assert (change.carried is not None) is (record.state is CARRIED)


@pytest.mark.parametrize("cause", RefusalCause)
@pytest.mark.parametrize("surely_unsent", [FIRST, AGAIN])
def test_no_refusal_of_a_repeated_send_claims_to_know_that_the_first_was_refused(
    cause: RefusalCause, *, surely_unsent: bool
) -> None:
    change = settle_refusal(CLAIMED, Refused("Code", cause), surely_unsent=surely_unsent, now=NOW)

    if not surely_unsent:
        assert change.record.state in {SUBMITTING, EXPIRED}
        assert change.carried is None


def test_the_receipt_of_an_accepted_record_is_kept() -> None:
    change = settle_answer(CLAIMED, Accepted("r1"), surely_unsent=True, now=NOW)

    assert change.record.metering_record_id == "r1"


def test_the_receipt_of_a_duplicate_is_kept_as_evidence() -> None:
    change = settle_answer(CLAIMED, Duplicate("r2"), surely_unsent=True, now=NOW)

    assert change.record.metering_record_id == "r2"


def test_a_timestamp_that_aws_refuses_carries_the_whole_quantity() -> None:
    change = settle_refusal(
        CLAIMED, refusal("TimestampOutOfBoundsException"), surely_unsent=True, now=NOW
    )

    assert change.carried is not None
    assert (change.carried.kind, change.carried.units) == (PageKind.CARRIED_RECORD, CLAIMED.units)


def test_every_error_of_the_service_model_has_a_cause() -> None:
    modelled = [
        *("InvalidProductCodeException", "InvalidUsageDimensionException"),
        *("InvalidTagException", "InvalidUsageAllocationsException"),
        *("InvalidCustomerIdentifierException", "TimestampOutOfBoundsException"),
        *("DisabledApiException", "InvalidLicenseException"),
    ]

    assert all(refusal(code).cause is not RefusalCause.UNKNOWN for code in modelled)


@pytest.mark.parametrize("holds", [0, 3, 50])
@pytest.mark.parametrize("now", [NOW, deadline_of(NOON_AT) - MINUTE, deadline_of(NOON_AT) + HOUR])
def test_a_held_record_is_always_due_again(holds: int, now: datetime) -> None:
    record = record_in(SUBMITTING, holds=holds)

    change = settle_answer(record, NotSubscribed(), surely_unsent=True, now=now)

    assert change.record.holds == holds + 1
    assert change.record.due_at is not None
    assert change.record.due_at > now


@pytest.mark.parametrize(("surely_unsent", "state"), [(FIRST, SEALED), (AGAIN, SUBMITTING)])
def test_a_claim_that_is_given_up_keeps_what_is_known(
    state: RecordState, *, surely_unsent: bool
) -> None:
    change = release(CLAIMED, "run_ended", NOW + MINUTE, surely_unsent=surely_unsent)

    assert (change.record.state, change.record.reason) == (state, "run_ended")
    assert change.record.due_at == NOW + MINUTE
