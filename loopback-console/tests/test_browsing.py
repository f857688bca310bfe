"""Where there is no browser, its tests say what to install, and in CI they fail."""

from pathlib import Path

import pytest

from loopback_console.testing.browsing import require_browser, say_missing


def test_a_missing_browser_is_named_with_what_to_install(tmp_path: Path) -> None:
    assert say_missing([tmp_path]) is None
    missing = say_missing([tmp_path, tmp_path / "chromium"])
    assert missing == (f"no {tmp_path}/chromium: apt-get install chromium chromium-driver (Debian)")


def test_without_a_browser_a_test_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match="no chromium"):
        require_browser("no chromium", {"CI": ""})


def test_without_a_browser_a_test_fails_in_ci() -> None:
    with pytest.raises(pytest.fail.Exception, match="no chromium"):
        require_browser("no chromium", {"CI": "true"})


def test_with_a_browser_a_test_runs_everywhere() -> None:
    require_browser(None, {"CI": "true"})
    require_browser(None, {})
