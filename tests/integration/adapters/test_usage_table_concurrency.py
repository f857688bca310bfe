"""The UsageTable under many hands at once: no page is lost, and nothing is carried twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from meterhouse.adapters.usage_table import LARGE_RECORD_PAGES, UsageTable
from meterhouse.domain.folding import fold_billable
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lateness import carry_late, unseen_events
from meterhouse.domain.lifecycle import RecordState
from meterhouse.ports import CommitResult, JournalResult
from tests.fakes.world import InMemoryReport
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    LARGE_EVENTS,
    SMALL_EVENTS,
    at_hour,
    close,
    event_ids,
    journal,
    page,
    read,
    step,
)
from tests.unit.domain.builders import HOUR, KEY, NOON_AT, frozen_usage, usage_event

HANDS = 8
NOW = NOON_AT + 5 * HOUR
TARGET = at_hour(5)
SIZES = pytest.mark.parametrize("events", [SMALL_EVENTS, LARGE_EVENTS], ids=["small", "large"])


@pytest.fixture
def new_table(aws: Aws, usage_table_name: str, report: InMemoryReport) -> Callable[[], UsageTable]:
    """Return a maker of ledgers on one table, as each process of a deployment has its own."""
    return lambda: UsageTable(aws.dynamodb, usage_table_name, report)


def at_once[Answer](work: Callable[[int], Answer]) -> list[Answer]:
    """Let every hand begin at the same moment."""
    gate = threading.Barrier(HANDS)

    def begin(hand: int) -> Answer:
        gate.wait(30)
        return work(hand)

    with ThreadPoolExecutor(max_workers=HANDS) as pool:
        return list(pool.map(begin, range(HANDS)))


@SIZES
def test_drains_that_write_to_one_record_lose_no_page(
    new_table: Callable[[], UsageTable], events: int
) -> None:
    def drain(hand: int) -> set[JournalResult]:
        table = new_table()
        return {journal(table, KEY, page(f"{hand}/{n}", events)) for n in range(4)}

    results = at_once(drain)

    assert set.union(*results) == {JournalResult.WRITTEN}
    assert event_ids(read(new_table())) == names_of(
        [f"{hand}/{n}" for hand in range(HANDS) for n in range(4)], events
    )


@pytest.mark.parametrize(("pages", "waits"), [(LARGE_RECORD_PAGES, True), (1, False)])
def test_of_large_records_one_is_in_memory_at_a_time_and_small_ones_wait_for_none(
    new_table: Callable[[], UsageTable], pages: int, *, waits: bool
) -> None:
    table, other = new_table(), at_hour(2)
    for number in range(LARGE_RECORD_PAGES):
        journal(table, KEY, page(f"large/{number}", LARGE_EVENTS))
    for number in range(pages):
        journal(table, other, page(f"other/{number}", LARGE_EVENTS))
    is_read = threading.Event()

    def read_other() -> None:
        table.read([other])
        is_read.set()

    held = table.read_each([KEY])
    next(held)
    reader = threading.Thread(target=read_other)
    reader.start()
    came_while_held = is_read.wait(1 if waits else 30)
    next(held, None)
    reader.join(30)

    assert came_while_held is not waits
    assert is_read.is_set()


@SIZES
def test_the_same_batch_delivered_to_many_drains_is_written_once(
    new_table: Callable[[], UsageTable], events: int
) -> None:
    results = at_once(lambda _: journal(new_table(), KEY, page("a", events)))

    assert set(results) == {JournalResult.WRITTEN}
    assert event_ids(read(new_table())) == names_of(["a"], events)


@SIZES
def test_what_is_sealed_while_drains_write_is_what_was_written_before(
    new_table: Callable[[], UsageTable], events: int
) -> None:
    """Half of the hands write, the other half seal: each page is in the sum, or was refused."""
    journal(new_table(), KEY, page("first", events))
    written: dict[str, JournalResult] = {}

    def work(hand: int) -> None:
        table = new_table()
        for n in range(3):
            if hand % 2:
                written[f"{hand}/{n}"] = journal(table, KEY, page(f"{hand}/{n}", events))
            else:
                seal(table, KEY)

    at_once(work)
    seal(new_table(), KEY)

    record = read(new_table())
    taken = [name for name, result in written.items() if result is JournalResult.WRITTEN]
    assert event_ids(record) == names_of(["first", *taken], events)
    assert record.units == (1 + len(taken)) * events
    assert {*written.values()} <= {JournalResult.WRITTEN, JournalResult.CLOSED}


@pytest.mark.parametrize("hands", [2, HANDS])
def test_drains_with_the_same_late_event_carry_it_once(
    new_table: Callable[[], UsageTable], hands: int
) -> None:
    journal(new_table(), KEY, page("a"))
    close(new_table())

    def carry(hand: int) -> int:
        """Carry as a drain does: look at the journal again after every conflict."""
        table = new_table()
        wanted = [usage_event("shared", 5), usage_event(f"own {hand % hands}", 1)]
        for _ in range(4 * HANDS):
            home = read(table)
            fresh = unseen_events(home, wanted)
            if not fresh:
                return 0
            change = carry_late(KEY, home, fresh, NOW)
            if table.commit(change, TARGET, DUE_AT) is CommitResult.COMMITTED:
                return len(fresh)
        raise AssertionError("every attempt met a conflict")

    carried = at_once(carry)

    assert sum(carried) == 1 + hands
    entries = [entry for one in read(new_table(), TARGET).pages for entry in one.entries]
    assert sorted(entry.event_id for entry in entries) == sorted(
        ["shared", *(f"own {n}" for n in range(hands))]
    )
    assert fold_billable(read(new_table(), TARGET).pages).units == 5 + hands


def test_of_many_changes_from_one_reading_one_is_written(
    new_table: Callable[[], UsageTable],
) -> None:
    journal(new_table(), KEY, page("a"))
    seen = read(new_table())

    results = at_once(
        lambda hand: new_table().commit(step(seen, RecordState.OPEN, reason=f"hand {hand}"))
    )

    assert results.count(CommitResult.COMMITTED) == 1
    assert results.count(CommitResult.CONFLICT) == HANDS - 1
    assert read(new_table()).reason == f"hand {results.index(CommitResult.COMMITTED)}"


def test_accounts_that_many_register_at_once_are_registered_once(
    new_table: Callable[[], UsageTable],
) -> None:
    accounts = [at_hour(0)._replace(dimension=f"{n}").account for n in range(20)]

    at_once(lambda _: new_table().register_accounts(accounts))

    assert sorted(new_table().accounts()) == sorted(accounts)


def seal(table: UsageTable, key: RecordKey) -> None:
    """Freeze a record as it is read, if nobody comes between."""
    record = read(table, key)
    if record.state is RecordState.OPEN:
        units = fold_billable(record.pages).units
        change = step(record, RecordState.SUBMITTING, units=units, frozen=frozen_usage(units))
        assert table.commit(change) in {CommitResult.COMMITTED, CommitResult.CONFLICT}


def names_of(pages: list[str], events: int) -> list[str]:
    return sorted(entry.event_id for name in pages for entry in page(name, events).entries)
