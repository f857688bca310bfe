"""What a person's hands and eyes do in a browser."""

from collections.abc import Callable

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import (
    presence_of_element_located,
    staleness_of,
)
from selenium.webdriver.support.wait import WebDriverWait

from loopback_console.testing.browsing import PAGE_SECONDS_MAX


def press(browser: Chrome, label: str) -> None:
    """Press the button of that label, and wait for the page to which it leads."""
    leave_by(browser, browser.find_element(By.XPATH, f'//button[normalize-space()="{label}"]'))


def follow(browser: Chrome, label: str) -> None:
    """Follow the link of that text, and wait for its page."""
    leave_by(browser, browser.find_element(By.LINK_TEXT, label))


def leave_by(browser: Chrome, element: WebElement) -> None:
    """Click, and wait until another page stands there: a click may return before it comes."""
    page = browser.find_element(By.TAG_NAME, "html")
    element.click()
    wait_for(browser, staleness_of(page))
    wait_for(browser, presence_of_element_located((By.TAG_NAME, "h1")))


def wait_for(browser: Chrome, condition: Callable[[Chrome], object]) -> None:
    """Wait for a condition; while pages change places, the driver may know neither of them."""
    WebDriverWait(browser, PAGE_SECONDS_MAX, ignored_exceptions=[WebDriverException]).until(
        condition
    )


def enter(browser: Chrome, **texts: str) -> None:
    """Type texts into inputs, by their names."""
    for name, text in texts.items():
        entry = browser.find_element(By.NAME, name)
        entry.clear()
        entry.send_keys(text)


def text_of(browser: Chrome) -> str:
    """Return what stands on the page."""
    return browser.find_element(By.TAG_NAME, "body").text
