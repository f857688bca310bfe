"""The README's six clicks in the console, by hand: from a rejection to finance's table."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from loopback_console.testing.browsing import browsing, command, require_browser, say_missing
from loopback_console.testing.hands import enter, leave_by, text_of, wait_for
from loopback_console.testing.visiting import Page
from marketplace_sandbox.client import MeteringMode
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from local.seller.usage import UsageFact
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import RunningStack, closed_hour
from tests.e2e.test_four_commands import README, billed_of
from tests.integration.operations.console.test_command import started

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def clicks(anchor: str) -> list[str]:
    """Return what the README's list after an anchor has people click, in this order."""
    after = README.split(f'<a id="{anchor}"></a>')[1]
    [steps, *_] = re.findall(r"(?:^\d+\. .*\n)+", after, re.MULTILINE)
    return re.findall(r"^\d+\. \*\*(.+?)\*\*", steps, re.MULTILINE)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    require_browser(say_missing())
    with browsing(tmp_path / "chromium") as opened:
        behavior = {"behavior": "allow", "downloadPath": str(tmp_path)}
        command(opened, "Browser.setDownloadBehavior", **behavior)
        yield opened


def click(browser: Chrome, label: str) -> None:
    """Click the only link or button of that label, and wait for its page."""
    [found] = browser.find_elements(By.XPATH, f'(//a|//button)[normalize-space()="{label}"]')
    leave_by(browser, found)


def save_month(browser: Chrome, hour_at: datetime, statements: str, as_csv: str) -> None:
    """Ask for the file of an hour's month, which comes by itself."""
    click(browser, statements)
    enter(browser, month=f"{hour_at:%B\t%Y}")
    [button] = browser.find_elements(By.XPATH, f'//button[normalize-space()="{as_csv}"]')
    button.click()


def test_a_rejected_record_is_understood_mended_billed_and_handed_to_finance(
    stack: RunningStack, browser: Chrome, tmp_path: Path
) -> None:
    buyer = stack.sell("clicked", MeteringMode.LICENSE, "requests")
    stack.register(buyer)
    name = license_key(str(buyer.license_arn))
    fact = UsageFact("one", buyer, "gigabyte_hours", Decimal("2.5"), closed_hour(), ())
    finances_table = tmp_path / "statement.csv"
    stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    needs_a_person, its_hour, redrive_it, redrive, *further = clicks("six-clicks")
    assert its_hour == "its hour"

    with started("--directory", str(stack.directory), "--allow-changes") as (_, _, url):
        stack.wait_until(lambda: name in Page(httpx.get(f"{url}/needs-a-person").text).text)
        browser.get(url)
        click(browser, needs_a_person)
        row = browser.find_element(By.XPATH, f'//tr[contains(., "{name}")]')
        leave_by(browser, row.find_element(By.LINK_TEXT, f"{fact.hour_at:%Y-%m-%d %H:%M}"))
        why = text_of(browser)
        assert "InvalidUsageDimensionException" in why
        assert "Add it to the listing" in why
        stack.marketplace.amend_product(buyer.product_code, dimensions=[fact.dimension])

        click(browser, redrive_it)
        enter(browser, reason="the listing has the dimension now")
        click(browser, redrive)
        seen = text_of(browser)
        save_month(browser, fact.hour_at, *further)
        wait_for(browser, lambda _: finances_table.exists())

    assert f"{fact.dimension}, {fact.hour_at:%Y-%m-%d %H:%M} METERED" in " ".join(seen.split())
    assert stack.compare([fact]).is_exact
    assert billed_of(finances_table, name) == ["2.5"]


def test_a_rejected_event_is_understood_mended_billed_and_handed_to_finance(
    stack: RunningStack, browser: Chrome, tmp_path: Path
) -> None:
    buyer = stack.sell("mistyped", MeteringMode.LICENSE, "requests")
    stack.register(buyer)
    name = license_key(str(buyer.license_arn))
    fact = UsageFact("mistyped-1", buyer, "requests", Decimal("12.5"), closed_hour(), ())
    finances_table = tmp_path / "statement.csv"
    stack.send(json.dumps({**fact.as_event(), "quantity": "12,5"}))
    stack.aftermath.wait_until_drained(60)
    rejected, its_id, mend, send, *further = clicks("six-clicks-for-an-event")
    assert its_id == "its id"

    with started("--directory", str(stack.directory), "--allow-changes") as (_, _, url):
        browser.get(url)
        click(browser, rejected)
        click(browser, fact.event_id)
        assert "quantity_invalid" in text_of(browser)
        enter(browser, **{"field-quantity": "12.5"})
        click(browser, mend)
        click(browser, send)
        assert "The events are sent again" in text_of(browser)
        assert stack.wait_until_billed([fact]).is_exact
        browser.refresh()
        seen = text_of(browser)
        save_month(browser, fact.hour_at, *further)
        wait_for(browser, lambda _: finances_table.exists())

    assert f"requests, {fact.hour_at:%Y-%m-%d %H:%M} METERED" in " ".join(seen.split())
    assert billed_of(finances_table, name) == ["12.5"]


@pytest.mark.parametrize("anchor", ["six-clicks", "six-clicks-for-an-event"])
def test_there_are_six_of_each(anchor: str) -> None:
    assert len(clicks(anchor)) == 6
