"""One emulator of AWS for the whole session, started when the first test asks for it."""

from collections.abc import Iterator

import pytest

from tests.integration.adapters.emulator import running_emulator


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an emulator of AWS."""
    with running_emulator(tmp_path_factory.mktemp("emulator")) as url:
        yield url
