"""A person with a real browser: from listing a product to the invoice, with and without script.

The machine's own Chromium drives the console of a served sandbox. The seller's registration page is
a small server beside it, which does what a seller does: it takes the token that the browser posts
and resolves it with boto3.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from loopback_console.testing.browsing import browsing, read_log, require_browser, say_missing
from loopback_console.testing.hands import enter, follow, press, text_of, wait_for
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import (
    staleness_of,
    url_contains,
)
from selenium.webdriver.support.select import Select

from tests.e2e.seller_stage import Stage, serve_stage

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)
ACCOUNT = "444455556666"
WINDOW = (1280, 900)
WIDTHS = (1600, 1280, 1100, 901, 900, 700, 500)
A_PAGE_WITH_SCRIPT = (
    "<body>without script<script>document.body.textContent='with script'</script></body>"
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with serve_stage(NOW) as served:
        yield served


@pytest.fixture(scope="module", params=["with script", "without script"])
def browser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chrome]:
    require_browser(say_missing())
    profile: Path = tmp_path_factory.mktemp("chromium")
    with browsing(profile, has_script=request.param == "with script") as opened:
        opened.get(f"data:text/html,{A_PAGE_WITH_SCRIPT}")
        assert text_of(opened) == request.param
        yield opened


def list_atlas(browser: Chrome, stage: Stage) -> None:
    browser.get(stage.url)
    follow(browser, "List a product")
    enter(browser, title="Atlas", code="atlas", registration_url=stage.seller.url)
    enter(browser, **{"dimension1-name": "api_calls", "dimension1-unit_price": "0.25"})
    press(browser, "List the product")


def subscribe(browser: Chrome) -> None:
    follow(browser, "Subscribe as a buyer")
    enter(browser, customer_aws_account_id=ACCOUNT)
    press(browser, "Subscribe")


def usage_of(buyer: dict[str, Any], quantity: int) -> list[dict[str, Any]]:
    return [
        {
            "Timestamp": NOW,
            "Dimension": "api_calls",
            "Quantity": quantity,
            "CustomerAWSAccountId": buyer["CustomerAWSAccountId"],
            "LicenseArn": buyer["LicenseArn"],
        }
    ]


def test_a_person_sells_registers_meters_and_reads_the_invoice(
    browser: Chrome, stage: Stage
) -> None:
    list_atlas(browser, stage)
    assert "The product is on sale." in text_of(browser)

    subscribe(browser)
    assert "You have subscribed to Atlas" in text_of(browser)

    press(browser, "Set up your account")
    assert text_of(browser) == f"Welcome, account {ACCOUNT}"
    assert browser.current_url == stage.seller.url
    (posted,) = stage.seller.posted
    (agreement,) = stage.shop.desks.agreements.agreements()
    assert set(posted) == {
        "x-amzn-marketplace-token",
        "x-amzn-marketplace-agreement-id",
        "x-amzn-marketplace-product-id",
    }
    assert posted["x-amzn-marketplace-agreement-id"] == [agreement.agreement_id]
    assert stage.seller.origins == [stage.url]
    (buyer,) = stage.seller.buyers
    assert buyer["LicenseArn"] == agreement.license_arn

    stage.seller.metering.batch_meter_usage(UsageRecords=usage_of(buyer, 1_234))
    browser.get(stage.url)
    assert "Total 1,234" in text_of(browser)

    follow(browser, "Clock")
    press(browser, "Month's close")
    assert "2026-12-01 06:00:00 UTC" in text_of(browser)
    follow(browser, "Invoices")
    Select(browser.find_element(By.NAME, "month")).select_by_value("2026-11")
    press(browser, "Show")
    assert "Final since 2026-12-01 06:00:00 UTC" in text_of(browser)
    assert "$308.50" in text_of(browser)


def test_a_person_injects_a_throttle_and_sees_it_hit(browser: Chrome, stage: Stage) -> None:
    list_atlas(browser, stage)
    subscribe(browser)
    press(browser, "Set up your account")
    (buyer,) = stage.seller.buyers

    browser.get(f"{stage.url}/faults")
    press(browser, "Throttle three calls")
    assert "The fault waits for its calls." in text_of(browser)
    with pytest.raises(ClientError, match="ThrottlingException"):
        stage.seller.metering.batch_meter_usage(UsageRecords=usage_of(buyer, 1))

    follow(browser, "Calls")
    rows = browser.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert "BatchMeterUsage" in rows[0].text
    assert "ThrottlingException" in rows[0].text
    assert "throttled" in rows[0].text
    follow(browser, "Faults")
    press(browser, "Clear all")
    assert "Everything works." in text_of(browser)


def test_a_person_amends_and_cancels_an_agreement(browser: Chrome, stage: Stage) -> None:
    list_atlas(browser, stage)
    subscribe(browser)
    follow(browser, "Agreement")
    follow(browser, "Amend")
    enter(browser, **{"dimension1-unit_price": "0.2"})
    press(browser, "Amend")
    assert "The agreement was amended." in text_of(browser)
    press(browser, "Cancel")
    assert "final hour" in text_of(browser)
    assert "Not now: the agreement already has an end" in text_of(browser)
    labels = {one.text for one in browser.find_elements(By.TAG_NAME, "button")}
    assert "Cancel" not in labels
    press(browser, "Deprovision")
    assert "The license was deprovisioned." in text_of(browser)


def test_what_aws_says_about_a_call_is_in_sight_at_every_width(
    browser: Chrome, stage: Stage
) -> None:
    with pytest.raises(ClientError):
        stage.seller.metering.resolve_customer(RegistrationToken="no such token")
    browser.get(f"{stage.url}/calls")
    try:
        for width in WIDTHS:
            browser.set_window_size(width, WINDOW[1])
            message = browser.find_element(By.CSS_SELECTOR, "main .says")
            card = browser.find_element(By.CSS_SELECTOR, "main section.card").rect
            assert message.text == stage.shop.calls()[-1].message
            assert message.rect["x"] >= card["x"]
            assert message.rect["x"] + message.rect["width"] <= card["x"] + card["width"]
            assert card["x"] + card["width"] <= width
    finally:
        browser.set_window_size(*WINDOW)


def test_a_person_who_goes_astray_is_led_back(browser: Chrome, stage: Stage) -> None:
    browser.get(f"{stage.url}/invoices/2026-11")
    assert "That is not here" in text_of(browser)
    follow(browser, "Invoices")
    assert "Invoice of 2026-11" in text_of(browser)


def test_a_stranger_s_page_cannot_press_a_button(
    browser: Chrome, stage: Stage, tmp_path: Path
) -> None:
    trap = tmp_path / "trap.html"
    trap.write_text(
        f"<form method=post action={stage.url}/faults>"
        "<input name=kind value=throttle><input name=operation value=any><button>Win</button>"
        "</form>"
    )
    browser.get(trap.as_uri())
    page = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.TAG_NAME, "button").click()
    wait_for(browser, staleness_of(page))
    assert "a page of another site may not change anything here" in text_of(browser)
    assert stage.shop.faults() == ()


def test_no_page_complains_in_the_browser_s_log(browser: Chrome, stage: Stage) -> None:
    list_atlas(browser, stage)
    read_log(browser)  # what was logged until now is forgotten by reading it
    sections = browser.find_elements(By.CSS_SELECTOR, "nav a")
    for address in [one.get_attribute("href") for one in sections]:
        assert address is not None
        browser.get(address)
    assert read_log(browser) == []


def test_the_keyboard_is_enough(browser: Chrome, stage: Stage) -> None:
    browser.get(stage.url)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB, Keys.ENTER)
    assert browser.current_url.endswith("#content")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "invoice of 2026-11"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_for(browser, url_contains("/invoices"))
