"""The contract of UsageLedger.commit: one atomic write, guarded by the version that was read."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.identity import LegacyAccountIdentity
from meterhouse.domain.journal import PageKind
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lateness import carry_late
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import ABSENT_VERSION, Change, MeteringRecord
from meterhouse.domain.sealing import carried_page
from meterhouse.ports import CommitResult, JournalResult, UsageLedger
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    LARGE_EVENTS,
    at_hour,
    claim,
    close,
    journal,
    page,
    pages_of,
    read,
    step,
)
from tests.unit.domain.builders import (
    ACCOUNT,
    HOUR,
    KEY,
    MINUTE,
    NOON_AT,
    PRODUCT_CODE,
    frozen_usage,
    usage_event,
)

NOW = NOON_AT + 5 * HOUR
TARGET = at_hour(5)
COMMITTED, CONFLICT = CommitResult.COMMITTED, CommitResult.CONFLICT


def carrying(record: MeteringRecord) -> Change:
    """Return the change that hands the whole record to a later hour."""
    assert record.frozen is not None
    parts = record.frozen.allocations
    carried = carried_page(
        parts, kind=PageKind.CARRIED_RECORD, from_hour_at=record.key.hour_at, now=NOW
    )
    return replace(step(record, RecordState.CARRIED, reason="deadline"), carried=carried)


def sealed(ledger: UsageLedger, key: RecordKey = KEY) -> MeteringRecord:
    journal(ledger, key, page("a"))
    frozen = frozen_usage("7.5", ("2.5", (("team", "ads"),)), (5, ()))
    change = step(read(ledger, key), RecordState.SUBMITTING, units=Decimal("7.5"), frozen=frozen)
    assert ledger.commit(change) is COMMITTED
    return read(ledger, key)


def test_a_change_is_read_back_as_it_was_decided(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    change = step(
        read(ledger),
        RecordState.SUBMITTING,
        units=Decimal("9999999999.999999"),
        frozen=frozen_usage(
            "9999999999.999999",
            ("0.000001", (("a", "1"), ("b", "2"))),
            ("9999999999.999998", ()),
            identity=LegacyAccountIdentity(PRODUCT_CODE, ACCOUNT),
        ),
        rest_units=Decimal("0.1"),
        sends=3,
        holds=2,
        reason="why",
        metering_record_id="receipt",
    )

    assert ledger.commit(change) is COMMITTED

    assert read(ledger) == change.record


def test_what_a_change_takes_away_is_gone(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    held = step(read(ledger), RecordState.OPEN, reason="queue_backlog", holds=4)
    ledger.commit(held)

    ledger.commit(step(read(ledger), RecordState.METERED, reason=None, holds=0))

    record = read(ledger)
    assert (record.reason, record.holds, record.due_at) == (None, 0, None)


def test_of_two_changes_from_one_reading_only_the_first_is_written(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    seen = read(ledger)

    assert ledger.commit(claim(seen)) is COMMITTED
    assert ledger.commit(step(seen, RecordState.CARRIED)) is CONFLICT

    assert read(ledger).state is RecordState.SUBMITTING


@pytest.mark.parametrize("events", [5, LARGE_EVENTS])
def test_a_page_that_came_after_the_reading_stops_the_sealing(
    ledger: UsageLedger, events: int
) -> None:
    journal(ledger, KEY, page("a"))
    seen = read(ledger)
    journal(ledger, KEY, page("b", events))

    assert ledger.commit(claim(seen)) is CONFLICT

    assert read(ledger).state is RecordState.OPEN


def test_a_record_that_is_absent_cannot_be_changed(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    other = replace(read(ledger), key=TARGET)

    assert ledger.commit(claim(other)) is CONFLICT
    assert ledger.read([TARGET]) == {}


def test_a_record_is_created_closed_only_while_it_is_absent(ledger: UsageLedger) -> None:
    change = carry_late(KEY, None, [usage_event("late", 3)], NOW)
    assert change.before_version == ABSENT_VERSION

    assert ledger.commit(change, TARGET, DUE_AT) is COMMITTED
    assert ledger.commit(change, TARGET, DUE_AT) is CONFLICT

    assert read(ledger).state is RecordState.CARRIED
    assert len(read(ledger, TARGET).pages) == 1


def test_usage_that_came_meanwhile_stops_the_creation_of_a_closed_record(
    ledger: UsageLedger,
) -> None:
    change = carry_late(KEY, None, [usage_event("late", 3)], NOW)
    journal(ledger, KEY, page("a"))
    before = read(ledger)

    assert ledger.commit(change, TARGET, DUE_AT) is CONFLICT

    assert read(ledger) == before
    assert ledger.read([TARGET]) == {}


def test_a_conflict_leaves_the_target_as_it_was(ledger: UsageLedger) -> None:
    journal(ledger, TARGET, page("there"))
    before = read(ledger, TARGET)
    home = sealed(ledger)
    ledger.commit(step(home, RecordState.SUBMITTING))

    assert ledger.commit(carrying(home), TARGET, DUE_AT + HOUR) is CONFLICT

    assert read(ledger, TARGET) == before


def test_late_usage_of_several_drains_is_carried_one_after_the_other(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    close(ledger)
    for n in range(3):
        change = carry_late(KEY, read(ledger), [usage_event(f"late {n}", n)], NOW)
        assert ledger.commit(change, TARGET, DUE_AT) is COMMITTED

    assert [len(one.entries) for one in read(ledger, TARGET).pages] == [1, 1, 1]
    assert len(pages_of(read(ledger))) == 2
    assert len(read(ledger).pages) == 4


@pytest.mark.parametrize("events", [5, LARGE_EVENTS])
def test_late_usage_is_noted_at_home_and_carried_in_one_write(
    ledger: UsageLedger, events: int
) -> None:
    journal(ledger, KEY, page("a"))
    home = close(ledger)
    late = [usage_event(f"late {n}", n) for n in range(events)]

    assert ledger.commit(carry_late(KEY, home, late, NOW), TARGET, DUE_AT) is COMMITTED

    after, target = read(ledger), read(ledger, TARGET)
    assert pages_of(after) == {
        (PageKind.HOME, NOON_AT, 5),
        (PageKind.LATE, NOON_AT, events),
    }
    assert (after.state, after.version) == (RecordState.METERED, home.version + 1)
    assert pages_of(target) == {(PageKind.CARRIED_EVENTS, NOON_AT, events)}
    assert (target.state, target.due_at, target.written_at) == (RecordState.OPEN, DUE_AT, NOW)


def test_two_drains_that_carry_the_same_event_carry_it_once(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    home = close(ledger)
    change = carry_late(KEY, home, [usage_event("late")], NOW)

    assert ledger.commit(change, TARGET, DUE_AT) is COMMITTED
    assert ledger.commit(replace(change), TARGET, DUE_AT) is CONFLICT

    assert sum(len(one.entries) for one in read(ledger, TARGET).pages) == 1


def test_usage_carried_into_an_hour_with_usage_joins_it(ledger: UsageLedger) -> None:
    journal(ledger, TARGET, page("there", LARGE_EVENTS))
    before = read(ledger, TARGET)

    assert ledger.commit(carrying(sealed(ledger)), TARGET, DUE_AT + HOUR) is COMMITTED

    target = read(ledger, TARGET)
    assert len(target.pages) == 2
    assert target.version > before.version
    assert target.due_at == DUE_AT + HOUR
    assert read(ledger).state is RecordState.CARRIED


def test_nothing_is_written_when_the_target_takes_no_more_pages(ledger: UsageLedger) -> None:
    journal(ledger, TARGET, page("there"))
    closed = close(ledger, TARGET)
    home = sealed(ledger)

    assert ledger.commit(carrying(home), TARGET, DUE_AT) is CommitResult.TARGET_CLOSED

    assert (read(ledger), read(ledger, TARGET)) == (home, closed)
    assert ledger.commit(carrying(home), at_hour(6), DUE_AT) is COMMITTED


def test_a_conflict_wins_over_a_closed_target(ledger: UsageLedger) -> None:
    journal(ledger, TARGET, page("there"))
    close(ledger, TARGET)
    home = sealed(ledger)
    ledger.commit(step(home, RecordState.SUBMITTING))

    assert ledger.commit(carrying(home), TARGET, DUE_AT) is CONFLICT


def test_a_record_can_be_held_and_taken_up_again_many_times(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    for holds in range(1, 6):
        record = read(ledger)
        change = step(record, RecordState.OPEN, reason="subscription_unknown", holds=holds)
        assert ledger.commit(change) is COMMITTED

    assert (read(ledger).holds, read(ledger).version) == (5, 6)
    assert journal(ledger, KEY, page("b")) is JournalResult.WRITTEN


def test_moments_are_kept_to_the_second(ledger: UsageLedger) -> None:
    journal(ledger, KEY, page("a"))
    change = step(read(ledger), RecordState.OPEN)
    due_at = DUE_AT + 3 * MINUTE + timedelta(seconds=7)
    ledger.commit(replace(change, record=replace(change.record, due_at=due_at)))

    assert read(ledger).due_at == due_at
