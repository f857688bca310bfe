"""A table keeps the number of shards with which it was first used."""

import pytest

from meterhouse.adapters.usage_table.shards import hold_shards
from meterhouse.errors import SettingsError
from tests.integration.adapters.backends import Aws


def test_the_same_number_of_shards_may_be_asked_for_at_every_start(
    aws: Aws, usage_table_name: str
) -> None:
    for _ in range(2):
        hold_shards(aws.dynamodb, usage_table_name, 4)


@pytest.mark.parametrize("other", [1, 5])
def test_another_number_of_shards_is_refused_with_the_number_that_holds(
    aws: Aws, usage_table_name: str, other: int
) -> None:
    hold_shards(aws.dynamodb, usage_table_name, 4)

    with pytest.raises(SettingsError, match=f"JOURNAL_SHARDS is {other}.*laid out with 4"):
        hold_shards(aws.dynamodb, usage_table_name, other)
