"""What axe-core, which `make test` installs, says of a page."""

from loopback_console.testing.browsing import find_faults, require_browser, say_missing
from selenium.webdriver import Chrome

from tests.unit.repository import REPOSITORY

AXE = REPOSITORY / ".tools/javascript/node_modules/axe-core/axe.min.js"


def require_axe() -> None:
    """Skip the test where there is no browser or no axe; in CI, where both must be, fail it."""
    require_browser(say_missing())
    require_browser(None if AXE.exists() else f"no {AXE}: run `make test`")


def complaints(browser: Chrome) -> list[str]:
    """Return what axe finds wrong or cannot judge, each with the elements that it is about."""
    return find_faults(browser, AXE)
