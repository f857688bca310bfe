import pytest
from loopback_console.testing.visiting import Visitor

from operations.console.app import build_app
from tests.integration.operations.console.filled_stack import FilledStack
from tests.integration.operations.console.filling import filled, keys

__all__ = ["filled", "keys"]


@pytest.fixture
def visitor(filled: FilledStack) -> Visitor:
    """Return a visitor of a console that only looks."""
    return Visitor(build_app(filled.stack, may_change=False))


@pytest.fixture
def operator(filled: FilledStack) -> Visitor:
    """Return a visitor of a console that may change something."""
    return Visitor(build_app(filled.stack, may_change=True))
