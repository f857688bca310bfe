"""The UsageTable under many hands at once: one lease, one manifest, one version, one target."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.journal.head import Head
from meterhouse.domain.records.record import Batch
from meterhouse.ports.ledger import Lease
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    HOUR,
    LEASED_UNTIL,
    LOG,
    MICROSECOND,
    MINUTE,
    NOW,
    batch,
    carry,
    frozen,
    head_of,
    moved,
    name_of,
    opened,
    sealed,
    segment,
    submitting,
    taken,
)

HANDS = 8
ROUNDS = 4


@pytest.fixture
def new_table(aws: Aws, usage_table_name: str) -> Callable[[], UsageTable]:
    """Return a maker of ledgers on one table, as each process of a deployment has its own."""
    return lambda: UsageTable(aws.dynamodb, usage_table_name)


def at_once[Answer](work: Callable[[int], Answer]) -> list[Answer]:
    """Let every hand begin at the same moment."""
    gate = threading.Barrier(HANDS)

    def begin(hand: int) -> Answer:
        gate.wait(30)
        return work(hand)

    with ThreadPoolExecutor(max_workers=HANDS) as pool:
        return list(pool.map(begin, range(HANDS)))


def test_of_many_who_open_a_log_one_opens_it(new_table: Callable[[], UsageTable]) -> None:
    results = at_once(lambda hand: new_table().open_log(LOG, DUE_AT + hand * MICROSECOND, None))

    assert results.count(True) == 1
    assert head_of(new_table()).due_at == DUE_AT + results.index(True) * MICROSECOND


def test_of_many_who_want_the_lease_one_takes_it(new_table: Callable[[], UsageTable]) -> None:
    opened(new_table())
    for turn in range(ROUNDS):
        seen = head_of(new_table())
        now = NOW + turn * HOUR

        def take(hand: int, seen: Head = seen, now: datetime = now) -> bool:
            return new_table().take(seen, Lease(LOG, f"{seen.open}/{hand}"), now, now + MINUTE)

        assert at_once(take).count(True) == 1
        assert head_of(new_table()).open == turn + 1


def test_of_many_who_freeze_only_the_holder_of_the_lease_does(
    new_table: Callable[[], UsageTable],
) -> None:
    """Everybody takes the lease over, and freezes: what is frozen was frozen under it."""
    opened(new_table())

    def close(hand: int) -> list[str]:
        table, written = new_table(), list[str]()
        for turn in range(ROUNDS):
            now = LEASED_UNTIL + (hand + turn * HANDS) * HOUR
            lease = Lease(LOG, f"{hand}/{turn}")
            if not table.take(head_of(table), lease, now, now):
                continue
            there = {one.key.name for one in table.batches(LOG)}
            name = f"{len(there):03}"
            if table.freeze(lease, [batch(name, sealed(hand))]):
                written.append(name)
        return written

    names = [name for written in at_once(close) for name in written]

    assert sorted(set(names)) == sorted(names), "nobody froze what somebody else had frozen"
    assert [one.key.name for one in new_table().batches(LOG)] == sorted(names)
    assert names


@pytest.mark.parametrize("count", [3, 21_000], ids=["one item", "several items"])
def test_of_many_manifests_the_first_stands_for_all(
    new_table: Callable[[], UsageTable], count: int
) -> None:
    written = [
        frozenset(map(name_of, range(hand * 100_000, hand * 100_000 + count)))
        for hand in range(HANDS)
    ]

    results = at_once(lambda hand: new_table().write_manifest(LOG, 0, written[hand]))

    assert len(set(results)) == 1
    assert results[0] in written
    assert new_table().manifests(LOG) == {0: results[0]}


def test_small_and_large_manifests_compete_alike(new_table: Callable[[], UsageTable]) -> None:
    written = [
        frozenset(map(name_of, range(hand, hand + (20_001 if hand % 2 else 1))))
        for hand in range(HANDS)
    ]

    results = at_once(lambda hand: new_table().write_manifest(LOG, 0, written[hand]))

    assert len(set(results)) == 1
    assert new_table().manifests(LOG) == {0: results[0]}


def test_of_many_steps_from_one_version_one_is_stored(
    new_table: Callable[[], UsageTable],
) -> None:
    seen = frozen(new_table(), "a")
    for turn in range(ROUNDS):
        # The same for everybody: who may send is decided by the answer alone.
        claim = seen.with_statuses({0: submitting(LEASED_UNTIL + turn * HOUR, sends=turn + 2)})

        def store(_: int, claim: Batch = claim) -> bool:
            return new_table().store(claim)

        results = at_once(store)

        assert results.count(True) == 1
        seen = claim
    assert new_table().batches(LOG) == [seen]


def test_of_many_targets_one_stands_for_all(new_table: Callable[[], UsageTable]) -> None:
    first = carry()
    new_table().write_carry(first)

    results = at_once(lambda hand: new_table().write_carry(moved(first, hand + 1)))

    assert set(results) == {results[0]}
    assert new_table().carries(LOG) == {first.name: results[0]}


def test_of_many_first_carries_one_stands_for_all(new_table: Callable[[], UsageTable]) -> None:
    results = at_once(lambda hand: new_table().write_carry(replace(carry(), generation=hand)))

    assert set(results) == {results[0]}


def test_usage_that_comes_while_a_log_is_released_leaves_it_due(
    new_table: Callable[[], UsageTable],
) -> None:
    """Whichever comes first, a log with usage that nobody dealt with does not fall asleep."""
    opened(new_table())
    for turn in range(ROUNDS):
        now = NOW + turn * HOUR
        lease = Lease(LOG, f"{turn}")
        assert new_table().take(head_of(new_table()), lease, now, now + HOUR)
        outcome = replace(head_of(new_table()), due_at=None)

        def work(
            hand: int, lease: Lease = lease, outcome: Head = outcome, turn: int = turn
        ) -> bool:
            if hand == 0:
                return new_table().release(lease, outcome)
            noted_at = NOW + turn * HOUR + hand * MICROSECOND
            return new_table().wake(LOG, turn + 1, DUE_AT + HOUR, noted_at)

        assert all(at_once(work))
        head = head_of(new_table())
        assert (head.due_at, head.leased_until) == (DUE_AT + HOUR, None)


def test_drains_that_append_together_lose_no_segment(new_table: Callable[[], UsageTable]) -> None:
    opened(new_table())
    taken(new_table())

    def append(hand: int) -> None:
        for number in range(20):
            new_table().append(LOG, segment(1, number * HANDS + hand))
            new_table().append(LOG, segment(1, number))

    at_once(append)

    assert [one.name for one in new_table().segments(LOG, 1)] == [
        name_of(number) for number in range(20 * HANDS)
    ]
