"""Every answer of AWS to a first send and to a repeated one."""

from datetime import datetime

import pytest

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.records.answers import (
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
from meterhouse.domain.records.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.records.record import RecordStatus
from meterhouse.domain.records.step_after_answer import release, settle_answer, settle_refusal
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT, record_in, sealed_record

SEALED, SUBMITTING, METERED = RecordState.SEALED, RecordState.SUBMITTING, RecordState.METERED
REJECTED, DISPUTED = RecordState.REJECTED, RecordState.DISPUTED
EXPIRED, CARRIED = RecordState.EXPIRED, RecordState.CARRIED

NOW = NOON_AT + 2 * HOUR
FIRST, AGAIN = True, False
CLAIMED = record_in(SUBMITTING, due_at=NOW + 6 * MINUTE)


ANSWERS = {
    "success of a first send": (Accepted("r1"), FIRST, METERED, None),
    "success of a later send": (Accepted("r1"), AGAIN, METERED, None),
    "a duplicate of a first send: AWS holds another quantity": (
        Duplicate("r1"),
        FIRST,
        DISPUTED,
        "DuplicateRecord",
    ),
    "a duplicate of a later send: AWS holds ours": (
        Duplicate("r1"),
        AGAIN,
        METERED,
        "duplicate_of_own_send",
    ),
    "a duplicate without a receipt": (Duplicate(None), FIRST, DISPUTED, "DuplicateRecord"),
    "no subscription, of a first send: it is not billed": (
        NotSubscribed(),
        FIRST,
        SEALED,
        "CustomerNotSubscribed",
    ),
    "no subscription, of a later send: an earlier one may be billed": (
        NotSubscribed(),
        AGAIN,
        SUBMITTING,
        "CustomerNotSubscribed",
    ),
    "unprocessed, of a first send: it is not billed": (
        Unprocessed(),
        FIRST,
        SEALED,
        "UnprocessedRecords",
    ),
    "unprocessed, of a later send: an earlier one may be billed": (
        Unprocessed(),
        AGAIN,
        SUBMITTING,
        "UnprocessedRecords",
    ),
    "in neither list, of a first send: it proves nothing": (
        Missing(),
        FIRST,
        SUBMITTING,
        "missing_in_answer",
    ),
    "in neither list, of a later send": (Missing(), AGAIN, SUBMITTING, "missing_in_answer"),
    "a status that nobody knows, of a first send: it proves nothing": (
        UnknownStatus("New"),
        FIRST,
        SUBMITTING,
        "status_New",
    ),
    "a status that nobody knows, of a later send": (
        UnknownStatus("New"),
        AGAIN,
        SUBMITTING,
        "status_New",
    ),
}


@pytest.mark.parametrize(
    ("answer", "surely_unsent", "state", "reason"), ANSWERS.values(), ids=ANSWERS
)
def test_an_answer_about_one_record(
    answer: RecordAnswer, state: RecordState, reason: str | None, *, surely_unsent: bool
) -> None:
    after = settle_answer(CLAIMED, answer, surely_unsent=surely_unsent, now=NOW)

    assert (after.state, after.reason) == (state, reason)
    assert_is_sound(after)


REFUSALS = {
    "a dimension that AWS does not know": ("InvalidUsageDimensionException", FIRST, REJECTED),
    "a dimension that AWS does not know, when an earlier send may be billed": (
        "InvalidUsageDimensionException",
        AGAIN,
        SUBMITTING,
    ),
    "a wrong license": ("InvalidLicenseException", FIRST, REJECTED),
    "a wrong customer": ("InvalidCustomerIdentifierException", FIRST, REJECTED),
    "a wrong tag": ("InvalidTagException", FIRST, REJECTED),
    "wrong allocations": ("InvalidUsageAllocationsException", FIRST, REJECTED),
    "a time outside AWS's window": ("TimestampOutOfBoundsException", FIRST, CARRIED),
    "a time outside AWS's window, when an earlier send may be billed": (
        "TimestampOutOfBoundsException",
        AGAIN,
        EXPIRED,
    ),
    "a wrong product": ("InvalidProductCodeException", FIRST, SEALED),
    "a wrong product, when an earlier send may be billed": (
        "InvalidProductCodeException",
        AGAIN,
        SUBMITTING,
    ),
    "an API that is disabled": ("DisabledApiException", FIRST, SEALED),
    "a missing permission, when an earlier send may be billed": (
        "AccessDeniedException",
        AGAIN,
        SUBMITTING,
    ),
    "a code that nobody knows": ("TooManyTagsException", FIRST, SEALED),
    "a code that nobody knows, when an earlier send may be billed": (
        "SomethingNewException",
        AGAIN,
        SUBMITTING,
    ),
}


@pytest.mark.parametrize(("code", "surely_unsent", "state"), REFUSALS.values(), ids=REFUSALS)
def test_an_error_for_a_call_with_one_record(
    code: str, state: RecordState, *, surely_unsent: bool
) -> None:
    after = settle_refusal(CLAIMED, refusal(code), surely_unsent=surely_unsent, now=NOW)

    assert after.state is state
    assert (after.reason or "").removeprefix("refused:") == code
    assert_is_sound(after)


def assert_is_sound(after: RecordStatus) -> None:
    assert after.sends == CLAIMED.status.sends
    if after.state is CARRIED:
        assert after.due_at == NOW, "its usage has yet to arrive elsewhere"
        return
    assert (after.due_at is not None) is (after.state in UNFINISHED)
    if after.due_at is not None:
        assert NOW < after.due_at <= NOW + HOUR


@pytest.mark.parametrize("cause", RefusalCause)
@pytest.mark.parametrize("surely_unsent", [FIRST, AGAIN])
def test_no_refusal_of_a_repeated_send_claims_to_know_that_the_first_was_refused(
    cause: RefusalCause, *, surely_unsent: bool
) -> None:
    after = settle_refusal(
        CLAIMED, Refused(AwsCode("Code"), cause), surely_unsent=surely_unsent, now=NOW
    )

    if not surely_unsent:
        assert after.state in {SUBMITTING, EXPIRED}


def test_the_receipt_of_an_accepted_record_is_kept() -> None:
    after = settle_answer(CLAIMED, Accepted("r1"), surely_unsent=True, now=NOW)

    assert after.metering_record_id == "r1"


def test_the_receipt_of_a_duplicate_is_kept_as_evidence() -> None:
    after = settle_answer(CLAIMED, Duplicate("r2"), surely_unsent=True, now=NOW)

    assert after.metering_record_id == "r2"


def test_a_zero_whose_timestamp_aws_refuses_has_nothing_to_carry() -> None:
    zero = record_in(SUBMITTING, sealed_record(0))

    after = settle_refusal(
        zero, refusal("TimestampOutOfBoundsException"), surely_unsent=True, now=NOW
    )

    assert (after.state, after.due_at) == (CARRIED, None)


@pytest.mark.parametrize("code", ["InvalidLicenseException", "TimestampOutOfBoundsException"])
def test_a_zero_that_ends_unbilled_needs_nobody(code: str) -> None:
    zero = record_in(SUBMITTING, sealed_record(0))

    for surely_unsent in (FIRST, AGAIN):
        after = settle_refusal(zero, refusal(code), surely_unsent=surely_unsent, now=NOW)
        assert after.state not in {REJECTED, EXPIRED}


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

    after = settle_answer(record, NotSubscribed(), surely_unsent=True, now=now)

    assert after.holds == holds + 1
    assert after.due_at is not None
    assert after.due_at > now


@pytest.mark.parametrize(("surely_unsent", "state"), [(FIRST, SEALED), (AGAIN, SUBMITTING)])
def test_a_claim_that_is_given_up_keeps_what_is_known(
    state: RecordState, *, surely_unsent: bool
) -> None:
    after = release(CLAIMED, Reason.RUN_ENDED, NOW + MINUTE, surely_unsent=surely_unsent)

    assert (after.state, after.reason) == (state, "run_ended")
    assert after.due_at == NOW + MINUTE


@pytest.mark.parametrize(
    ("surely_unsent", "state", "reason"),
    [(FIRST, REJECTED, "before_start"), (AGAIN, EXPIRED, "TimestampOutOfBoundsException")],
)
def test_a_refused_time_of_an_hour_that_is_not_covered_is_billed_in_no_other_hour(
    state: RecordState, reason: str, *, surely_unsent: bool
) -> None:
    after = settle_refusal(
        CLAIMED,
        refusal("TimestampOutOfBoundsException"),
        surely_unsent=surely_unsent,
        now=NOW,
        uncovered=Reason.BEFORE_START,
    )

    assert (after.state, after.reason) == (state, reason)
