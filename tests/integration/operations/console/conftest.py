from collections.abc import Iterator

import pytest
from loopback_console.testing.visiting import Visitor

from operations.console.app import build_app
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


@pytest.fixture
def visitor(filled: FilledStack) -> Visitor:
    """Return a visitor of a console that only looks."""
    return Visitor(build_app(filled.stack, may_change=False))


@pytest.fixture
def operator(filled: FilledStack) -> Visitor:
    """Return a visitor of a console that may change something."""
    return Visitor(build_app(filled.stack, may_change=True))
