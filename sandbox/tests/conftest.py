import pytest

from tests.builders import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()
