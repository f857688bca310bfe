"""Forming batches: what fits into one item and one call, and is frozen once."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.records.batching import BATCH_BYTES_MAX, form_batches
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.subscriptions.identity import BilledIdentity
from meterhouse.domain.usage.events import Tags
from tests.unit.domain.builders import KEY, LEGACY, LICENSE, LOG, record_in, sealed_record


def record(
    number: int,
    *allocations: tuple[int, Tags],
    product_code: str = "atlas",
    identity: BilledIdentity = LICENSE,
    state: RecordState = RecordState.SUBMITTING,
    quantity: int = 1,
) -> MeteringRecord:
    key = KEY._replace(dimension=f"dimension-{number:04}")
    sealed = sealed_record(
        quantity, *allocations, key=key, product_code=product_code, identity=identity
    )
    return record_in(state, sealed)


def sizes(records: Sequence[MeteringRecord]) -> list[int]:
    return [len(batch.records) for batch in form_batches(LOG, 0, records)]


def test_no_records_make_no_batch() -> None:
    assert form_batches(LOG, 0, []) == []


def test_a_batch_takes_25_records_and_the_26th_goes_into_the_next() -> None:
    assert sizes([record(number) for number in range(51)]) == [25, 25, 1]


def test_a_batch_holds_one_product_in_one_mode_and_one_state() -> None:
    records = [
        record(1),
        record(2, product_code="borealis"),
        record(3, identity=LEGACY),
        record(4),
        record(5, state=RecordState.CARRIED),
    ]

    batches = form_batches(LOG, 0, records)

    found = [[one.key.dimension[-1] for one in batch.records] for batch in batches]
    assert sorted(found) == [["1", "4"], ["2"], ["3"], ["5"]]


def wide_tags(number: int) -> Tags:
    return tuple((f"{key}{'k' * 99}", f"{number:04}{'v' * 252}") for key in range(5))


def test_a_batch_holds_no_more_than_an_item_whatever_its_records_bring() -> None:
    wide = [(1, wide_tags(number)) for number in range(50)]
    records = [record(number, *wide) for number in range(30)]

    batches = form_batches(LOG, 0, records)

    weights = [sum(len(repr(one.sealed.allocations)) for one in b.records) for b in batches]
    assert len(batches) > 2
    assert max(weights[:-1]) < BATCH_BYTES_MAX < max(weights) * 2, "and is filled as far as it goes"
    assert sum(len(batch.records) for batch in batches) == 30


def test_a_record_that_fills_an_item_alone_has_a_batch_of_its_own() -> None:
    huge = [(1, wide_tags(number)) for number in range(200)]

    assert sizes([record(1), record(2, *huge), record(3, *huge), record(4)]) == [1, 1, 1, 1]


@given(st.lists(st.integers(0, 60), max_size=60, unique=True), st.randoms())
def test_the_order_of_records_leaves_no_trace(numbers: list[int], shuffler: Random) -> None:
    records = [record(number) for number in numbers]
    shuffled = sorted(records, key=lambda _: shuffler.random())

    assert form_batches(LOG, 3, shuffled) == form_batches(LOG, 3, records)


def test_every_record_is_in_one_batch_and_every_batch_says_through_which_generation() -> None:
    records = [record(number) for number in range(60)]

    batches = form_batches(LOG, 7, reversed(records))

    assert [one for batch in batches for one in batch.records] == records
    assert {(batch.through, batch.version, batch.key.log) for batch in batches} == {(7, 1, LOG)}


def test_whatever_differs_in_what_is_frozen_gives_a_batch_another_name() -> None:
    batches = [
        *form_batches(LOG, 0, [record(1)]),
        *form_batches(LOG, 1, [record(1)]),
        *form_batches(LOG, 0, [record(2)]),
        *form_batches(LOG, 0, [record(1), record(2)]),
        *form_batches(LOG, 0, [record(1, quantity=2)]),
    ]

    assert len({batch.key.name for batch in batches}) == 5
