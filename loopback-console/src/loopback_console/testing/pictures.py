"""Pictures of a console's pages, as a program that `make screenshots` starts."""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from selenium.webdriver import Chrome

from loopback_console.testing.browsing import browsing, command

_HEIGHT_DEFAULT, _HEIGHT_MAX = 900, 4_000
_MARGIN = 150


def take_pictures(
    arguments: Sequence[str], url: str, pages: Mapping[str, str], *, folder: Path
) -> None:
    """Take pictures of all pages, or of those that the arguments name; by default into a folder.

    `pages` has the address of each page, below `url`, by its name.
    """
    parser = argparse.ArgumentParser(prog="make screenshots")
    parser.add_argument("pages", nargs="*", help="only these pages")
    parser.add_argument("--dark", action="store_true", help="in the dark scheme")
    parser.add_argument("--width", type=int, default=1280, help="of the window, in pixels")
    parser.add_argument("--height", type=int, help="default: all of the page")
    parser.add_argument("--into", type=Path, default=folder, help="default: %(default)s")
    options = parser.parse_args(arguments)
    options.into.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as profile,
        browsing(Path(profile), is_dark=options.dark) as browser,
    ):
        command(browser, "Emulation.setScrollbarsHidden", hidden=True)
        for name in options.pages or pages:
            file = options.into / f"{name}{'-dark' if options.dark else ''}.png"
            _take(browser, url + pages[name], file, size=(options.width, options.height))
            sys.stdout.write(f"{file}\n")


def _take(browser: Chrome, address: str, file: Path, *, size: tuple[int, int | None]) -> None:
    width, height = size
    browser.set_window_size(width, height or _HEIGHT_DEFAULT)
    browser.get(address)
    if height is None:
        whole = browser.execute_script("return document.documentElement.scrollHeight")
        browser.set_window_size(width, min(int(whole) + _MARGIN, _HEIGHT_MAX))
    browser.save_screenshot(str(file))
