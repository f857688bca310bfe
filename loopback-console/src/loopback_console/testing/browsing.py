"""The machine's own Chromium, driven by its own driver; nothing is fetched from anywhere."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

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


def command(browser: Chrome, name: str, **parameters: object) -> Any:  # noqa: ANN401 - JSON
    """Send a command of the DevTools protocol."""
    return browser.execute_cdp_cmd(name, parameters)


def set_scheme(browser: Chrome, scheme: str) -> None:
    """Prefer light or dark, as a person's system does."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    command(browser, "Emulation.setEmulatedMedia", features=features)


def set_width(browser: Chrome, width: int) -> None:
    """Look through a window that is `width` CSS pixels wide."""
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    command(browser, "Emulation.setDeviceMetricsOverride", **size)


def find_faults(browser: Chrome, axe: Path) -> list[str]:
    """Return what axe, a script, finds wrong or cannot judge, each with what it is about."""
    # DevTools may run what the page's policy forbids to everybody else.
    evaluated = command(browser, "Runtime.evaluate", expression=axe.read_text())
    assert "exceptionDetails" not in evaluated
    ran = command(
        browser,
        "Runtime.evaluate",
        # Of labels within a drawing axe says only that it cannot judge their contrast; their colour
        # is that of soft words elsewhere.
        expression="axe.run({exclude: ['svg text']}, {resultTypes: ['violations', 'incomplete']})"
        ".then(found => JSON.stringify([found.passes.length, found.violations, found.incomplete]))",
        awaitPromise=True,
    )
    passes, violations, incomplete = json.loads(ran["result"]["value"])
    assert passes > 0, "axe looked at nothing"
    return [
        f"{one['id']}: {one['help']}: {node['html']}"
        for one in (*violations, *incomplete)
        for node in one["nodes"]
    ]


def read_log(browser: Chrome) -> list[str]:
    """Return what the browser complains of, such as what a page's policy did not let it load."""
    entries = browser.get_log("browser")  # type: ignore[no-untyped-call] # selenium says no types
    return [str(one["message"]) for one in entries]
