"""An operator with a real browser mends what was not billed; each change is shown first."""

import json
from collections.abc import Iterator

import pytest
from loopback_console.serving import running_beside
from loopback_console.testing.browsing import set_width
from loopback_console.testing.hands import enter, follow, press, text_of
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from operations.console.app import build_app
from tests.browser.axe import complaints
from tests.integration.operations.console.filled_stack import FilledStack
from tests.integration.operations.console.filling import filled, keys
from tests.unit.operations.lives import EveryState

__all__ = ["filled", "keys"]

pytestmark = pytest.mark.browser

WIDE = 1_280


@pytest.fixture
def url(filled: FilledStack, keys: EveryState) -> Iterator[str]:
    assert keys.rejected
    with running_beside(build_app(filled.stack, may_change=True), name="console") as found:
        yield found


def check(browser: Chrome) -> None:
    """Look at the page as axe does, and through a narrow window."""
    assert complaints(browser) == []
    set_width(browser, 320)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    set_width(browser, WIDE)
    assert wide <= 320


def mark(browser: Chrome, value: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f'input[value="{value}"]').click()


def test_a_rejected_record_is_found_its_reason_read_and_redriven(
    browser: Chrome, url: str, keys: EveryState
) -> None:
    browser.get(url)
    follow(browser, "Needs a person")
    mark(browser, str(keys.rejected))
    press(browser, "Redrive marked…")
    assert "billed with the current hour" in text_of(browser)
    check(browser)

    enter(browser, reason="the license is active")
    press(browser, "Redrive")

    assert "The records are redriven" in text_of(browser)
    assert "api_calls, 2026-11-18 12:00 CARRIED" in " ".join(text_of(browser).split())


def test_what_nobody_will_pay_is_written_off_from_its_own_page(
    browser: Chrome, url: str, keys: EveryState
) -> None:
    browser.get(url)
    follow(browser, "Records")
    browser.find_element(By.XPATH, f'//a[contains(@href, "{keys.expired.subscription[8:]}")]')
    browser.get(f"{url}/records?state=EXPIRED")
    follow(browser, "2026-11-18T12")
    press(browser, "Write off…")
    check(browser)

    enter(browser, reason="goodwill", by="Ada")
    press(browser, "Write off")

    assert "It is written off." in text_of(browser)


def test_a_rejected_event_is_mended_and_sent(
    browser: Chrome, url: str, filled: FilledStack, keys: EveryState
) -> None:
    event = {
        "id": "e1",
        "subscription": "arn:aws:license-manager::294406891311:license:"
        + keys.metered.subscription.removeprefix("license#"),
        "dimension": "api_calls",
        "quantity": -1,
        "time": filled.stack.at.isoformat(),
    }
    filled.reject("m1", event)
    browser.get(url)
    follow(browser, "Rejected events")
    follow(browser, "e1")
    enter(browser, **{"field-quantity": "12.5"})
    press(browser, "Mend and send again…")
    assert "becomes usage of" in text_of(browser)
    check(browser)
    press(browser, "Send again")

    assert "The events are sent again" in text_of(browser)
    assert filled.bodies("UsageQueue") == [event | {"quantity": "12.5"}]


def test_what_is_discarded_and_what_is_sent_again_is_shown_first(
    browser: Chrome, url: str, filled: FilledStack
) -> None:
    filled.reject("m1", {"id": "e1", "quantity": -1})
    filled.send("AgreementEventsDeadLetterQueue", {"id": "a"})
    browser.get(f"{url}/rejected")
    browser.find_element(By.CSS_SELECTOR, "input[type=checkbox]").click()
    press(browser, "Discard marked…")
    check(browser)
    press(browser, "Discard for good")
    assert "The events are deleted." in text_of(browser)

    follow(browser, "Dead letters")
    press(browser, "Send them again…")
    check(browser)
    press(browser, "Send again")
    assert json.dumps(filled.bodies("AgreementEventsQueue")) == '[{"id": "a"}]'


def test_a_month_is_read_and_leads_to_files_for_finance(
    browser: Chrome, url: str, keys: EveryState
) -> None:
    browser.get(f"{url}/statements")
    enter(browser, name=keys.metered.subscription)
    press(browser, "Show")

    assert "102.000001" in text_of(browser)
    check(browser)
    files = browser.find_elements(By.CSS_SELECTOR, "button[formaction]")
    assert [one.text for one in files] == ["CSV", "JSON", "Page to print"]
