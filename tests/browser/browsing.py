"""The machine's own Chromium, and axe-core, which looks at a page as WCAG's testers do."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

REPOSITORY = Path(__file__).parents[2]
AXE = REPOSITORY / ".tools/javascript/node_modules/axe-core/axe.min.js"
NEEDED = (Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver"), AXE)
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
)


@contextlib.contextmanager
def browsing(profile: Path) -> Iterator[Chrome]:
    """Open a browser; skip the test where there is none, and fail it in CI."""
    missing = [str(one) for one in NEEDED if not one.exists()]
    if missing:
        sentence = f"no {' and no '.join(missing)}: chromium and chromium-driver, `make test`"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    options = ChromeOptions()
    options.binary_location = str(NEEDED[0])
    for option in (*OPTIONS, f"--user-data-dir={profile}"):
        options.add_argument(option)
    browser = Chrome(options=options, service=ChromeService(str(NEEDED[1])))
    try:
        browser.set_page_load_timeout(PAGE_SECONDS_MAX)
        yield browser
    finally:
        browser.quit()


def command(browser: Chrome, name: str, **parameters: object) -> Any:
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


def complaints(browser: Chrome) -> list[str]:
    """Return what axe finds wrong or cannot judge, each with the elements that it is about."""
    # DevTools may run what the page's policy forbids to everybody else.
    evaluated = command(browser, "Runtime.evaluate", expression=AXE.read_text())
    assert "exceptionDetails" not in evaluated
    ran = command(
        browser,
        "Runtime.evaluate",
        expression="axe.run(document, {resultTypes: ['violations', 'incomplete']}).then("
        "found => JSON.stringify([found.passes.length, found.violations, found.incomplete]))",
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
