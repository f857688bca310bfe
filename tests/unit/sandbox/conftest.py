import pytest

from tests.unit.sandbox.builders import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()
