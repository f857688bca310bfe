from collections.abc import Iterator

import pytest

from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.ports.ledger import UsageLedger
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.world import InMemoryReport
from tests.integration.adapters.backends import (
    Aws,
    Backend,
    aws_backends,
    aws_of,
    moto_as_it_is,
)
from tests.integration.adapters.scripted_server import Server, scripted_server
from tests.integration.adapters.shelves import Shelf, in_memory, on_dynamodb


@pytest.fixture
def aws(aws_module: Aws) -> Aws:
    """Return clients of an AWS that the real adapters work with."""
    aws_module.calls.clear()
    return aws_module


@pytest.fixture(scope="module", params=[Backend.MEMORY, *aws_backends()])
def any_module(request: pytest.FixtureRequest) -> Iterator[Aws | None]:
    if request.param is Backend.MEMORY:
        yield None
        return
    with aws_of(request, request.param) as found:
        yield found


@pytest.fixture
def any_aws(any_module: Aws | None) -> Aws | None:
    """Return clients for a real adapter, or None for the one in memory."""
    return any_module


@pytest.fixture
def moto() -> Iterator[Aws]:
    """Return moto alone, unmended, to say where it is wrong."""
    with moto_as_it_is() as found:
        yield found


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[Aws]:
    """Return the emulator alone, to say where it is wrong."""
    with aws_of(request, Backend.EMULATOR) as found:
        yield found


@pytest.fixture
def report() -> InMemoryReport:
    return InMemoryReport()


@pytest.fixture
def ledger(any_aws: Aws | None) -> UsageLedger:
    """Return the UsageLedger of each backend in turn."""
    if any_aws is None:
        return InMemoryLedger()
    return UsageTable(any_aws.dynamodb, any_aws.create_table("UsageTable"))


@pytest.fixture
def usage_table_name(aws: Aws) -> str:
    return aws.create_table("UsageTable")


@pytest.fixture
def usage_table(aws: Aws, usage_table_name: str) -> UsageTable:
    """Return the real ledger alone, for what the fake has nothing of."""
    return UsageTable(aws.dynamodb, usage_table_name)


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server that stands in for AWS Marketplace and may answer wrongly."""
    with scripted_server() as found:
        yield found


@pytest.fixture
def shelf(any_aws: Aws | None, report: InMemoryReport) -> Shelf:
    return in_memory() if any_aws is None else on_dynamodb(any_aws, report)
