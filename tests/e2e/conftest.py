"""One stack for the whole session."""

from collections.abc import Iterator

import pytest

from tests.e2e.running_stack import RunningStack, stack_in


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    parameters = {"AskAgreementContacts": "true"}
    with stack_in(tmp_path_factory.mktemp("stack"), parameters) as running:
        yield running
