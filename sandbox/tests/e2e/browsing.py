"""The machine's own Chromium, driven by its own driver; nothing is fetched from anywhere."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
PAGE_SECONDS_MAX = 30
OPTIONS = (
    "--headless",
    "--no-sandbox",  # CI runs as root, which Chromium's own sandbox refuses
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)
BLOCK = 2  # Chromium's word for "never", in its content settings


def say_missing(programs: Sequence[Path] = (CHROMIUM, DRIVER)) -> str | None:
    """Say what to install where there is no browser; None where there is one."""
    missing = [str(program) for program in programs if not program.exists()]
    if not missing:
        return None
    return f"no {' and no '.join(missing)}: apt-get install chromium chromium-driver (Debian)"


def require_browser(missing: str | None, environment: Mapping[str, str] = os.environ) -> None:
    """Skip the test where there is no browser; in CI, where there must be one, fail it."""
    if missing is not None and environment.get("CI"):
        pytest.fail(missing)
    if missing is not None:
        pytest.skip(missing)


@contextlib.contextmanager
def browsing(profile: Path, *, has_script: bool = True, is_dark: bool = False) -> Iterator[Chrome]:
    """Open a browser whose profile lives in an empty folder."""
    missing = say_missing()
    assert missing is None, missing
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for option in (*OPTIONS, f"--user-data-dir={profile}"):
        options.add_argument(option)
    if is_dark:
        options.add_argument("--force-dark-mode")
        options.add_argument("--blink-settings=preferredColorScheme=0")
    if not has_script:
        settings = {"profile.managed_default_content_settings.javascript": BLOCK}
        options.add_experimental_option("prefs", settings)
    browser = Chrome(options=options, service=ChromeService(str(DRIVER)))
    try:
        browser.set_page_load_timeout(PAGE_SECONDS_MAX)
        yield browser
    finally:
        browser.quit()
