import pytest

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
