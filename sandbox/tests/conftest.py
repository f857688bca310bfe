import pytest
from hypothesis import settings

from tests.builders import Shop

# Of `make check`, which looks for what is plainly wrong; `make test` tries a hundred examples.
settings.register_profile("quick", max_examples=10)


@pytest.fixture
def shop() -> Shop:
    return Shop()
