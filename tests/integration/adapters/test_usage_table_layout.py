"""A table keeps the number of shards with which it was first used."""

import pytest

from meterhouse.adapters.usage_table.layout import LaidOutUsageTable, hold_layout
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
