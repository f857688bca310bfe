from pathlib import Path

import pytest

from tests.integration.clients.example_clients import project_in


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with the TypeScript client."""
    return project_in(tmp_path)
