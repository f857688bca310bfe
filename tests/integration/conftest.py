"""The AWS that real adapters work with; one emulator for the session, started when asked for."""

from collections.abc import Iterator

import pytest

from tests.integration.adapters.backends import Aws, aws_backends, aws_of
from tests.integration.adapters.emulator import running_emulator


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an emulator of AWS."""
    with running_emulator(tmp_path_factory.mktemp("emulator")) as url:
        yield url


@pytest.fixture(scope="module", params=aws_backends())
def aws_module(request: pytest.FixtureRequest) -> Iterator[Aws]:
    """Return clients of each backend in turn."""
    with aws_of(request, request.param) as found:
        yield found
