"""An operator with a real browser: each page of the console, light and dark, narrow, by keys."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from loopback_console.serving import running_beside
from loopback_console.testing.browsing import read_log, set_scheme, set_width
from loopback_console.testing.hands import text_of
from loopback_console.testing.visiting import Visitor
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from meterhouse.domain.allowances.rules import read_rules
from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.identity import license_key
from operations.alarms import AlarmRow, AlarmsAnswer, AlarmState
from operations.console.app import build_app
from tests.browser.axe import complaints
from tests.fakes.meterhouse import NOON
from tests.integration.operations.console.filled_stack import filled_stack
from tests.integration.operations.console.walking import one_of_each, walk
from tests.unit.operations.lives import live_into_every_state

pytestmark = pytest.mark.browser

WIDE = 1_280
ALARM = AlarmRow("RecordsAtRiskAlarm", AlarmState.ALARM, None, "Threshold Crossed: " + "1.0, " * 40)

INCLUDED = f"{'x' * 100}=entitlement/agreement,api_calls=9999999999.999999/month"
HELD = (
    Entitlement("d" * 100, Decimal("9999999999.999999"), NOON + timedelta(minutes=1)),
    Entitlement("edition", "n" * 200),
)


@pytest.fixture(scope="module")
def console() -> Iterator[tuple[str, list[str]]]:
    """Serve a console of a filled stack; give where it is, and an address of each page."""
    with filled_stack() as filled:
        live_into_every_state(filled.house)
        filled.know_all()
        for agreement in filled.house.marketplace.desks.agreements.agreements():
            assert agreement.license_arn is not None
            filled.hold(license_key(agreement.license_arn), *HELD)
        for number in range(3):
            event = {"id": f"e{number}", "quantity": -1, "dimension": "d" * 200}
            filled.reject(f"m{number}", event)
        filled.stack.included = read_rules(INCLUDED)
        filled.stack.at = filled.house.clock.now()
        filled.stack.of_alarms = lambda: AlarmsAnswer(alarms=(ALARM,))
        app = build_app(filled.stack, may_change=True)
        addresses = [*filter(None, one_of_each(walk(Visitor(app))).values()), "/nowhere"]
        with running_beside(app, name="console") as url:
            yield url, addresses


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    browser: Chrome, console: tuple[str, list[str]], scheme: str
) -> None:
    url, addresses = console
    set_scheme(browser, scheme)
    found = {}
    for address in addresses:
        browser.get(url + address)
        found[address] = complaints(browser)
    assert {address: some for address, some in found.items() if some} == {}


def test_a_page_fits_a_window_of_320_pixels(
    browser: Chrome, console: tuple[str, list[str]]
) -> None:
    url, addresses = console
    set_width(browser, 320)
    try:
        for address in addresses:
            browser.get(url + address)
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= 320, address
    finally:
        set_width(browser, WIDE)


def test_no_page_complains_in_the_browser_s_log(
    browser: Chrome, console: tuple[str, list[str]]
) -> None:
    url, addresses = console
    read_log(browser)  # what was logged until now is forgotten by reading it
    for address in addresses[:-1]:  # that there is nothing under the last one is logged
        browser.get(url + address)
    assert read_log(browser) == []


def test_the_keyboard_reaches_what_needs_somebody(
    browser: Chrome, console: tuple[str, list[str]]
) -> None:
    url, _ = console
    browser.get(url)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB, Keys.ENTER)
    assert browser.current_url.endswith("#content")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Records that need a person"


def test_each_scheme_has_its_colours_and_bars_have_theirs(
    browser: Chrome, console: tuple[str, list[str]]
) -> None:
    url, _ = console
    colours = set()
    for scheme in ("light", "dark"):
        set_scheme(browser, scheme)
        browser.get(url)
        assert "Where usage stands" in text_of(browser)
        bars = browser.find_elements(By.CSS_SELECTOR, "svg .bar rect")
        colours |= {bar.value_of_css_property("fill") for bar in bars}
    assert len(colours) == 6, "three parts in two schemes"
