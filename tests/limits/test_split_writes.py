"""Transactions stay under DynamoDB's 100 actions and 4 MB, and what is more is split or refused."""

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from meterhouse.adapters.usage_table.manifests import MANIFEST_SEGMENTS_MAX, PART_SEGMENTS_MAX
from meterhouse.domain.records.batching import form_batches
from meterhouse.domain.records.record import Batch, MeteringRecord
from meterhouse.domain.records.sealing import seal_usage
from meterhouse.errors import FoldTooLargeError
from meterhouse.use_cases.billing.close_log import BATCHES_PER_FREEZE_MAX
from tests.integration.adapters.ledger_steps import (
    LEASED_UNTIL,
    LOG,
    batch,
    name_of,
    opened,
    sealed,
    submitting,
    taken,
)
from tests.limits.conftest import Table
from tests.limits.sizes import ITEM_BYTES_MAX, item_bytes, large_tags

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
ACTIONS_MAX = 100
TRANSACTION_BYTES_MAX = 4 * 1024 * 1024
# What the head may have at most, which a transaction checks and so counts too.
HEAD_BYTES_MAX = 8_192


def transactions(table: Table) -> list[list[dict[str, Any]]]:
    return [call["TransactItems"] for call in table.aws.calls_of("TransactWriteItems")]


def put_bytes(actions: list[dict[str, Any]]) -> int:
    return sum(item_bytes(action["Put"]["Item"]) for action in actions if "Put" in action)


def every_transaction_fits(table: Table) -> None:
    for actions in transactions(table):
        assert len(actions) <= ACTIONS_MAX
        assert put_bytes(actions) + HEAD_BYTES_MAX < TRANSACTION_BYTES_MAX
    assert max(map(item_bytes, table.items())) < ITEM_BYTES_MAX


def largest_batches() -> list[Batch]:
    """Return as many batches as are frozen together, each as large as a closing makes them."""
    random = Random(1)  # noqa: S311 - tags that do not compress, the same in every run
    records = []
    for number in range(BATCHES_PER_FREEZE_MAX):
        usage = seal_usage({large_tags(random): Decimal(1) for _ in range(200)})
        one = replace(
            sealed(number), quantity=usage.quantity, allocations=usage.allocations, rest=usage.rest
        )
        records.append(MeteringRecord(one, submitting(LEASED_UNTIL)))
    return form_batches(LOG, 0, records)


def test_as_many_of_the_largest_batches_as_are_frozen_together_are_one_transaction(
    table: Table,
) -> None:
    ledger, batches = table.ledger(), largest_batches()
    opened(ledger)

    assert ledger.freeze(taken(ledger), batches) is True

    ((check, *puts),) = transactions(table)
    assert "ConditionCheck" in check
    assert len(puts) == BATCHES_PER_FREEZE_MAX
    assert put_bytes(puts) > 1_500_000, "these tags do not compress"
    every_transaction_fits(table)
    assert ledger.batches(LOG) == sorted(batches, key=lambda one: one.key)


def test_ten_items_of_the_greatest_size_would_still_be_one_transaction() -> None:
    assert BATCHES_PER_FREEZE_MAX * ITEM_BYTES_MAX + HEAD_BYTES_MAX < TRANSACTION_BYTES_MAX


def test_more_batches_than_a_transaction_takes_are_a_mistake_of_the_caller(table: Table) -> None:
    ledger = table.ledger()
    opened(ledger)
    many = [batch(f"{n}", sealed(n)) for n in range(BATCHES_PER_FREEZE_MAX + 1)]
    lease = taken(ledger)

    with pytest.raises(AssertionError):
        ledger.freeze(lease, many)

    assert transactions(table) == []


@pytest.mark.parametrize(
    ("count", "items"),
    [
        (PART_SEGMENTS_MAX, 1),
        (PART_SEGMENTS_MAX + 1, 2),
        (MANIFEST_SEGMENTS_MAX - 1, 10),
        (MANIFEST_SEGMENTS_MAX, 10),
    ],
)
def test_a_manifest_of_as_many_segments_as_a_log_may_have_is_one_write(
    table: Table, count: int, items: int
) -> None:
    ledger = table.ledger()
    names = frozenset(map(name_of, range(count)))

    assert ledger.write_manifest(LOG, 0, names) == names

    assert len(table.items()) == items
    assert len(transactions(table)) == (1 if items > 1 else 0)
    every_transaction_fits(table)
    assert ledger.manifests(LOG) == {0: names}


def test_a_log_with_more_segments_is_refused_before_anything_is_written(table: Table) -> None:
    ledger = table.ledger()
    names = frozenset(map(name_of, range(MANIFEST_SEGMENTS_MAX + 1)))

    with pytest.raises(FoldTooLargeError):
        ledger.write_manifest(LOG, 0, names)

    assert table.items() == []
