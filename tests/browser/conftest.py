"""One browser for the tests of a file."""

from collections.abc import Iterator

import pytest
from loopback_console.testing.browsing import browsing
from selenium.webdriver import Chrome

from tests.browser.axe import require_axe


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    require_axe()
    with browsing(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened
