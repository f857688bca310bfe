from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from operations import resources
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import Meterhouse
from tests.unit.operations.books import Books
from tests.unit.operations.lives import live_into_every_state


@pytest.fixture
def books() -> Books:
    ledger = InMemoryLedger()
    house = Meterhouse(ledger)
    keys = live_into_every_state(house)
    found = Books(ledger, house, keys)
    assert found.audit().is_right
    return found


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("lambda", "us-east-1")
    monkeypatch.setattr(resources, "_client", lambda *_: client)
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()
    client.close()
