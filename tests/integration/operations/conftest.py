from dataclasses import dataclass
from typing import Any

import pytest

from meterhouse.adapters.usage_table.ledger import UsageTable
from tests.fakes.meterhouse import Meterhouse
from tests.integration.adapters.backends import Aws, Backend, has_credentials
from tests.integration.adapters.table_items import items_of
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command
from tests.unit.operations.lives import EveryState, live_into_every_state

REGION = "us-east-1"
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture
def aws(aws_module: Aws) -> Aws:
    return aws_module


@pytest.fixture
def books(aws: Aws) -> Books:
    """Return an empty UsageTable to write into."""
    table_name = aws.create_table("UsageTable")
    return Books(aws, table_name, UsageTable(aws.dynamodb, table_name))


@pytest.fixture
def command(books: Books, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return the command, run with the credentials and the address that the books are at."""
    use_endpoint(monkeypatch, books.aws)
    return Command("--table", books.table_name)


@dataclass(frozen=True, slots=True)
class Lived:
    """What a life into every state leaves in a table."""

    keys: EveryState
    items: list[dict[str, Any]]


@pytest.fixture(scope="module")
def lived(aws_module: Aws) -> Lived:
    """Live once for each backend: every test begins with a copy of what that left."""
    table_name = aws_module.create_table("UsageTable")
    keys = live_into_every_state(Meterhouse(UsageTable(aws_module.dynamodb, table_name)))
    return Lived(keys, [*items_of(aws_module, table_name).values()])


@pytest.fixture
def keys(books: Books, lived: Lived) -> EveryState:
    """Return the records of a table that balances, one in every state."""
    books.put(lived.items)
    return lived.keys


def use_endpoint(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> None:
    """Let boto3 find a backend by its own variables, as it would find AWS."""
    if aws.backend is Backend.MOTO:
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        return
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.dynamodb.meta.endpoint_url)
    if aws.backend is Backend.EMULATOR or not has_credentials():
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        for name in CREDENTIALS:
            monkeypatch.setenv(name, "test")
