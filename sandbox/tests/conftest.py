import gc
from functools import cache

import botocore.session
import pytest
from hypothesis import settings

from tests.builders import Shop

# Of `make check`, which looks for what is plainly wrong; `make test` tries a hundred examples.
settings.register_profile("quick", max_examples=10)
# A service's model is read once a process, and not by every session: that is most of what a client
# takes to be made.
botocore.session.create_loader = cache(botocore.session.create_loader)


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what lives to the end, and look at the rest less often.

    Thousands of collected tests and every service's model would be looked through again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure() -> None:
    """Look once for what was left behind, as pytest and the interpreter would again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def shop() -> Shop:
    return Shop()
