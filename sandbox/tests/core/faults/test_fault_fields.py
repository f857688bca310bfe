"""What a fault matches is said once, and each shell knows all of it."""

from collections.abc import Collection

import pytest

from marketplace_sandbox.client.faults import FaultTerms
from marketplace_sandbox.control.fault_documents import FaultDocument
from marketplace_sandbox.control.faults import FaultCommand
from marketplace_sandbox.core.model.faults import MATCHERS, TERMS, MatcherFields
from marketplace_sandbox.in_process import FaultDetails


def test_functions_take_the_matchers_by_name() -> None:
    assert tuple(MatcherFields.__annotations__) == MATCHERS


@pytest.mark.parametrize(
    ("shell", "names"),
    [
        ("what the control API takes", FaultCommand.model_fields),
        ("what it answers", FaultDocument.__annotations__),
        ("the client's methods", FaultTerms.__annotations__),
        ("tests in the same process", FaultDetails.__annotations__),
    ],
)
def test_each_shell_knows_all_terms_of_a_fault(shell: str, names: Collection[str]) -> None:
    assert [name for name in names if name in TERMS] == list(TERMS), shell
