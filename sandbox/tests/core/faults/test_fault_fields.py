"""What a fault matches is said once, and each shell knows all of it."""

from collections.abc import Collection
from dataclasses import fields

import pytest

from marketplace_sandbox.client import faults as client_faults
from marketplace_sandbox.control.fault_documents import FaultDocument
from marketplace_sandbox.control.faults import FaultCommand
from marketplace_sandbox.core.model.faults import MATCHERS, FaultTerms, MatcherFields
from marketplace_sandbox.in_process import FaultDetails

TERMS = [one.name for one in fields(FaultTerms)]


def test_functions_take_the_matchers_by_name() -> None:
    assert tuple(MatcherFields.__annotations__) == MATCHERS


@pytest.mark.parametrize(
    ("shell", "names"),
    [
        ("what the control API takes", FaultCommand.model_fields),
        ("what it answers", FaultDocument.__annotations__),
        ("the client's methods", client_faults.FaultTerms.__annotations__),
        ("tests in the same process", FaultDetails.__annotations__),
    ],
)
def test_each_shell_knows_all_terms_of_a_fault(shell: str, names: Collection[str]) -> None:
    assert [name for name in names if name in TERMS] == TERMS, shell
