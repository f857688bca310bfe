import pytest

from meterhouse.adapters.usage_table.ledger import UsageTable
from tests.integration.adapters.backends import Aws, Backend, has_credentials
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


@pytest.fixture
def keys(books: Books) -> EveryState:
    """Return the records of a table that balances, one in every state."""
    return live_into_every_state(books.house())


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
