from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from meterhouse.adapters.usage_table.ledger import UsageTable
from tests.fakes.meterhouse import Meterhouse
from tests.integration.adapters.backends import Aws, moto_of_one_caller_at_a_time


@dataclass(frozen=True, slots=True)
class Table:
    """A UsageTable in moto's DynamoDB."""

    aws: Aws
    name: str

    def ledger(self, client: Any = None) -> UsageTable:
        """Return the real adapter, over a client of the test's own if it has one."""
        return UsageTable(client or self.aws.dynamodb, self.name)

    def items(self) -> list[dict[str, Any]]:
        """Return everything that the table holds."""
        pages = self.aws.dynamodb.get_paginator("scan").paginate(TableName=self.name)
        return [dict(item) for page in pages for item in page["Items"]]


@pytest.fixture
def table() -> Iterator[Table]:
    with moto_of_one_caller_at_a_time() as aws:
        yield Table(aws, aws.create_table("UsageTable"))


@pytest.fixture
def house(table: Table) -> Meterhouse:
    """Return the whole application over the real ledger."""
    return Meterhouse(table.ledger())
