"""A table keeps the number of shards with which it was first used."""

import pytest

from meterhouse.adapters.usage_table.items import present
from meterhouse.adapters.usage_table.layout import (
    LAYOUT_KEY,
    LaidOutUsageTable,
    Layout,
    hold_layout,
    layout_attributes,
)
from meterhouse.errors import SettingsError
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import LOG, segment


def test_the_same_number_of_shards_may_be_asked_for_at_every_start(
    aws: Aws, usage_table_name: str
) -> None:
    for _ in range(2):
        hold_layout(aws.dynamodb, usage_table_name, 4)


@pytest.mark.parametrize("other", [1, 5])
def test_another_number_of_shards_is_refused_with_the_number_that_holds(
    aws: Aws, usage_table_name: str, other: int
) -> None:
    hold_layout(aws.dynamodb, usage_table_name, 4)

    with pytest.raises(SettingsError, match=f"JOURNAL_SHARDS is {other}.*laid out with 4"):
        hold_layout(aws.dynamodb, usage_table_name, other)


def test_usage_is_refused_under_another_number_of_shards(aws: Aws, usage_table_name: str) -> None:
    LaidOutUsageTable(aws.dynamodb, usage_table_name, 4).append(LOG, segment(0, 1))
    other = LaidOutUsageTable(aws.dynamodb, usage_table_name, 5)

    for _ in range(2):
        with pytest.raises(SettingsError, match="laid out with 4"):
            other.append(LOG, segment(0, 2))

    assert [one.name for one in other.segments(LOG, 0)] == [segment(0, 1).name]


def test_the_number_is_looked_at_once(aws: Aws, usage_table_name: str) -> None:
    ledger = LaidOutUsageTable(aws.dynamodb, usage_table_name, 4)
    aws.calls.clear()

    for number in range(3):
        ledger.append(LOG, segment(0, number))

    assert len(aws.calls) == 4


def test_a_fenced_table_is_looked_at_until_its_fence_is_taken_away(
    aws: Aws, usage_table_name: str
) -> None:
    def lay_out(layout: Layout) -> None:
        item = {**LAYOUT_KEY, **present(layout_attributes(layout))}
        aws.dynamodb.put_item(TableName=usage_table_name, Item=item)

    lay_out(Layout(4, "a-table-that-is-lost"))
    ledger = LaidOutUsageTable(aws.dynamodb, usage_table_name, 4)
    assert ledger.hold().is_fenced

    lay_out(Layout(4, usage_table_name))

    assert not ledger.hold().is_fenced


def test_an_attached_table_that_says_nothing_of_itself_bills_nothing(
    aws: Aws, usage_table_name: str
) -> None:
    """It may have been restored to a moment before its first use."""
    ledger = LaidOutUsageTable(aws.dynamodb, usage_table_name, 4, is_attached=True)

    assert ledger.hold().is_fenced
    ledger.append(LOG, segment(0, 1))
    assert ledger.hold().is_fenced

    hold_layout(aws.dynamodb, usage_table_name, 4)
    assert not ledger.hold().is_fenced
