"""What to do next with a record: every state under every fact that matters."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.closing import hold_until
from meterhouse.domain.decisions import (
    CLAIM_LEASE,
    Decision,
    Facts,
    Keep,
    Leave,
    Send,
    decide,
)
from meterhouse.domain.hours import deadline_of, seal_time_of
from meterhouse.domain.journal import PageKind
from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records import Change, MeteringRecord
from tests.unit.domain.builders import (
    HOUR,
    KEY,
    LICENSE,
    MINUTE,
    NOON_AT,
    PRODUCT_CODE,
    SUBSCRIPTION,
    frozen_usage,
    page_of,
    record_in,
)

SETTLE = 15 * MINUTE
SEAL_AT = seal_time_of(NOON_AT, SETTLE)
DEADLINE_AT = deadline_of(NOON_AT)
LAST_CALL_AT = DEADLINE_AT - 2 * HOUR
TOO_LATE_AT = DEADLINE_AT - 5 * MINUTE
ENDED = replace(SUBSCRIPTION, ended_at=NOON_AT)

OPEN, SEALED, SUBMITTING = RecordState.OPEN, RecordState.SEALED, RecordState.SUBMITTING
CARRIED, REJECTED, EXPIRED = RecordState.CARRIED, RecordState.REJECTED, RecordState.EXPIRED

KNOWN = Facts(
    now=SEAL_AT,
    subscription=SUBSCRIPTION,
    settle=SETTLE,
    quiet=MINUTE,
    heartbeat=False,
    drained=True,
)


def open_record(*quantities: str, reason: str | None = None) -> MeteringRecord:
    pages = [page_of((f"e{n}", quantity)) for n, quantity in enumerate(quantities)]
    return record_in(OPEN, *pages, reason=reason)


def change_of(decision: Decision) -> Change:
    assert isinstance(decision, Keep | Send)
    return decision.change


def summary(decision: Decision) -> tuple[str, RecordState | None, str | None]:
    """Return the kind of step, the state that it leads to, and the reason."""
    if isinstance(decision, Leave):
        return "leave", None, None
    kind = "keep"
    if isinstance(decision, Send):
        kind = "first send" if decision.surely_unsent else "send again"
    return kind, decision.change.record.state, decision.change.record.reason


@pytest.mark.parametrize(
    ("quantities", "facts", "expected"),
    [
        (["7"], KNOWN, ("first send", SUBMITTING, None)),
        (["7"], replace(KNOWN, now=SEAL_AT - MINUTE), ("keep", OPEN, None)),
        (["7"], replace(KNOWN, subscription=None), ("keep", OPEN, "subscription_unknown")),
        (["7"], replace(KNOWN, drained=False), ("keep", OPEN, "queue_backlog")),
        (["0"], KNOWN, ("keep", OPEN, "zero_quantity")),
        (["0"], replace(KNOWN, heartbeat=True), ("first send", SUBMITTING, None)),
        (["7"], replace(KNOWN, now=LAST_CALL_AT, drained=False), ("first send", SUBMITTING, None)),
        (["0"], replace(KNOWN, now=LAST_CALL_AT), ("keep", CARRIED, "zero_quantity")),
        (
            ["7"],
            replace(KNOWN, now=LAST_CALL_AT, subscription=None),
            ("keep", OPEN, "subscription_unknown"),
        ),
        (["7"], replace(KNOWN, now=TOO_LATE_AT), ("keep", CARRIED, "deadline")),
        (
            ["7"],
            replace(KNOWN, now=TOO_LATE_AT, subscription=None),
            ("keep", REJECTED, "subscription_unknown"),
        ),
        (["0"], replace(KNOWN, now=TOO_LATE_AT), ("keep", CARRIED, "zero_quantity")),
        (["7"], replace(KNOWN, subscription=ENDED), ("first send", SUBMITTING, None)),
    ],
)
def test_an_open_record(
    quantities: list[str], facts: Facts, expected: tuple[str, RecordState | None, str | None]
) -> None:
    assert summary(decide(open_record(*quantities), facts)) == expected


@pytest.mark.parametrize(
    ("reason", "facts", "expected"),
    [
        (None, KNOWN, ("first send", SUBMITTING, None)),
        (None, replace(KNOWN, now=TOO_LATE_AT - MINUTE), ("first send", SUBMITTING, None)),
        (None, replace(KNOWN, now=TOO_LATE_AT), ("keep", CARRIED, "deadline")),
        (None, replace(KNOWN, subscription=ENDED), ("first send", SUBMITTING, None)),
        (None, replace(KNOWN, subscription=None), ("first send", SUBMITTING, None)),
        ("refused:NewException", KNOWN, ("first send", SUBMITTING, "refused:NewException")),
        (
            "refused:NewException",
            replace(KNOWN, now=TOO_LATE_AT),
            ("keep", REJECTED, "refused:NewException"),
        ),
        (
            "CustomerNotSubscribed",
            KNOWN,
            ("first send", SUBMITTING, "CustomerNotSubscribed"),
        ),
        (
            "CustomerNotSubscribed",
            replace(KNOWN, subscription=ENDED),
            ("keep", REJECTED, "CustomerNotSubscribed"),
        ),
        (
            "CustomerNotSubscribed",
            replace(KNOWN, now=TOO_LATE_AT),
            ("keep", REJECTED, "CustomerNotSubscribed"),
        ),
    ],
)
def test_a_sealed_record(
    reason: str | None, facts: Facts, expected: tuple[str, RecordState | None, str | None]
) -> None:
    assert summary(decide(record_in(SEALED, reason=reason), facts)) == expected


@pytest.mark.parametrize(
    ("reason", "now", "expected"),
    [
        (None, SEAL_AT, ("send again", SUBMITTING, None)),
        (None, TOO_LATE_AT, ("send again", SUBMITTING, None)),
        (None, DEADLINE_AT, ("keep", EXPIRED, "deadline")),
        ("InternalServiceErrorException", DEADLINE_AT, ("keep", EXPIRED, "InternalS")),
        ("CustomerNotSubscribed", SEAL_AT, ("send again", SUBMITTING, "CustomerN")),
    ],
)
def test_a_record_whose_answer_is_unknown_is_never_carried_only_sent_again_or_expired(
    reason: str | None, now: datetime, expected: tuple[str, RecordState | None, str | None]
) -> None:
    decision = decide(record_in(SUBMITTING, reason=reason), replace(KNOWN, now=now))

    kind, state, found_reason = summary(decision)
    assert (kind, state) == expected[:2]
    assert (found_reason or "").startswith(expected[2] or "")


@pytest.mark.parametrize("state", sorted(set(RecordState) - UNFINISHED))
@pytest.mark.parametrize("now", [SEAL_AT, DEADLINE_AT + HOUR])
def test_a_finished_record_is_left_alone(state: RecordState, now: datetime) -> None:
    assert decide(record_in(state), replace(KNOWN, now=now)) == Leave()


@pytest.mark.parametrize("state", sorted(UNFINISHED))
def test_a_record_that_is_not_due_is_left_alone(state: RecordState) -> None:
    record = record_in(state, due_at=SEAL_AT + MINUTE)

    assert decide(record, KNOWN) == Leave()


def test_the_first_claim_seals_and_freezes_everything_that_aws_will_be_told() -> None:
    early = page_of(("a", "2.5"), earliest_at=NOON_AT + timedelta(minutes=7, seconds=8.9))
    repeat = page_of(("a", "2.5"), ("b", 4), earliest_at=NOON_AT + 30 * MINUTE)

    decision = decide(record_in(OPEN, repeat, early), KNOWN)

    record = change_of(decision).record
    assert record.frozen is not None
    assert record.frozen.identity == LICENSE
    assert record.frozen.product_code == PRODUCT_CODE
    assert record.frozen.timestamp_at == NOON_AT + timedelta(minutes=7, seconds=8)
    assert record.frozen.quantity == record.units == Decimal("6.5")
    assert (record.sends, record.leased_until) == (1, SEAL_AT + CLAIM_LEASE)
    assert isinstance(decision, Send)
    assert decision.fold is not None
    assert decision.fold.repeats == 1


def test_a_later_claim_changes_nothing_that_was_frozen() -> None:
    before = record_in(SUBMITTING, units=9, frozen=frozen_usage(9), holds=2, reason="why")

    after = change_of(decide(before, KNOWN)).record

    assert (after.frozen, after.units) == (before.frozen, before.units)
    assert (after.sends, after.holds, after.reason) == (2, 2, "why")
    assert after.leased_until == SEAL_AT + CLAIM_LEASE
    assert after.due_at == before.due_at, "what the index holds stays as it is"


@pytest.mark.parametrize("earliest_at", [NOON_AT - 3 * HOUR, NOON_AT + 5 * HOUR])
def test_the_frozen_timestamp_lies_within_the_hour_whatever_was_carried_into_it(
    earliest_at: datetime,
) -> None:
    carried = page_of(("c", 1), kind=PageKind.CARRIED_EVENTS, earliest_at=earliest_at)

    record = change_of(decide(record_in(OPEN, carried), KNOWN)).record

    assert record.frozen is not None
    assert NOON_AT <= record.frozen.timestamp_at < NOON_AT + HOUR
    assert record.frozen.timestamp_at.microsecond == 0


def test_what_exceeds_ten_digits_is_carried_in_the_write_that_seals() -> None:
    change = change_of(decide(open_record("9999999999", "10"), KNOWN))

    assert change.record.units == Decimal("9999999999.999999")
    assert change.record.rest_units == Decimal("9.000001")
    assert change.carried is not None
    assert (change.carried.kind, change.carried.units) == (
        PageKind.CARRIED_REST,
        Decimal("9.000001"),
    )


@pytest.mark.parametrize("state", [OPEN, SEALED])
def test_what_is_carried_after_its_deadline_is_the_whole_quantity(state: RecordState) -> None:
    record = open_record("4", "3") if state is OPEN else record_in(SEALED)

    change = change_of(decide(record, replace(KNOWN, now=TOO_LATE_AT)))

    assert change.carried is not None
    assert change.carried.kind is PageKind.CARRIED_RECORD
    assert change.carried.units == 7
    assert change.carried.from_hour_at == NOON_AT
    assert change.record.units == 7


def test_carried_allocations_keep_their_tags() -> None:
    tags = (("team", "ads"),)
    sealed = record_in(SEALED, units=5, frozen=frozen_usage(5, (3, tags), (2, ())))

    change = change_of(decide(sealed, replace(KNOWN, now=TOO_LATE_AT)))

    assert change.carried is not None
    assert {entry.tags: entry.quantity for entry in change.carried.entries} == {tags: 3, (): 2}


def test_late_pages_are_not_part_of_what_an_open_record_bills() -> None:
    late = page_of(("late", 100), kind=PageKind.LATE)

    record = change_of(decide(record_in(OPEN, page_of(("a", 1)), late), KNOWN)).record

    assert record.units == 1


def test_a_held_record_is_looked_at_in_growing_pauses_up_to_an_hour() -> None:
    pauses = [hold_until(record_in(SEALED, holds=holds), SEAL_AT) - SEAL_AT for holds in range(8)]

    assert pauses == [minutes * MINUTE for minutes in (5, 10, 20, 40, 60, 60, 60, 60)]


@pytest.mark.parametrize(
    ("written_at", "now", "state"),
    [
        (SEAL_AT, SEAL_AT + MINUTE / 2, OPEN),
        (SEAL_AT, SEAL_AT + MINUTE, SUBMITTING),
        (SEAL_AT + 3 * HOUR, SEAL_AT + 3 * HOUR, OPEN),
        (LAST_CALL_AT, LAST_CALL_AT, SUBMITTING),
        (LAST_CALL_AT - MINUTE / 2, LAST_CALL_AT, SUBMITTING),
    ],
)
def test_an_hour_that_still_takes_usage_in_arrears_is_sealed_when_it_falls_quiet(
    written_at: datetime, now: datetime, state: RecordState
) -> None:
    record = record_in(OPEN, page_of(("a", 1)), written_at=written_at)

    assert change_of(decide(record, replace(KNOWN, now=now))).record.state is state


@pytest.mark.parametrize("minutes_left", [6, 12, 40])
def test_a_held_record_is_looked_at_once_more_before_it_is_too_late(minutes_left: int) -> None:
    now = DEADLINE_AT - minutes_left * MINUTE

    due_at = hold_until(record_in(SEALED, key=KEY, holds=9), now)

    assert now < due_at <= max(TOO_LATE_AT, now + timedelta(seconds=1))
