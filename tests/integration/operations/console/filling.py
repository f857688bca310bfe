"""A stack that tests of the console's pages look at, with a record in every state."""

from collections.abc import Iterator

import pytest

from tests.integration.operations.console.filled_stack import FilledStack, filled_stack
from tests.unit.operations.lives import EveryState, live_into_every_state


@pytest.fixture
def filled() -> Iterator[FilledStack]:
    """Return a stack that is empty yet; `keys` fills it."""
    with filled_stack() as found:
        yield found


@pytest.fixture
def keys(filled: FilledStack) -> EveryState:
    """Fill the stack with a record in every state, whose subscriptions are known."""
    keys = live_into_every_state(filled.house)
    filled.know_all()
    filled.stack.at = filled.house.clock.now()
    return keys
