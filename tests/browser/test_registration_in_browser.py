"""A buyer with a real browser: in any colour, light and dark, narrow, by keyboard."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from loopback_console.testing.browsing import (
    PAGE_SECONDS_MAX,
    read_log,
    set_scheme,
    set_width,
)
from loopback_console.testing.hands import text_of
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from meterhouse.domain.subscriptions.registration import CONTACT_FIELDS
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.errors import ContactInvalidError, MarketplaceOutageError, TokenExpiredError
from meterhouse.web.brand import Brand
from meterhouse.web.registration import RegistrationWeb, WebAnswer
from meterhouse.web.registration_pages import Pages
from tests.browser.axe import complaints
from tests.browser.served_page import ServedPage, serving_page
from tests.fakes.meterhouse import Meterhouse
from tests.unit.web.test_registration_status import Nameless, confirm

pytestmark = pytest.mark.browser

BRAND = Brand("Example & Söhne", "support@example.com", terms_url="https://example.com/terms")
LONG = "x" * 190
PAGES: dict[str, Callable[[Pages], str]] = {
    "the explanation": lambda pages: pages.explanation(),
    "the form": lambda pages: pages.contact_form("r", fields={}),
    "the form with a problem": lambda pages: pages.contact_form(
        "r", fields={"email": "ada@", "company": LONG}, problem=ContactInvalidError()
    ),
    "confirmed": lambda pages: pages.confirmation(email=f"{LONG}@x.example", phase=Phase.ACTIVE),
    "waiting": lambda pages: pages.confirmation(email="ada@x.example", phase=Phase.PENDING),
    "waiting, told to stop": lambda pages: pages.confirmation(
        email="", phase=Phase.PENDING, is_looking=False
    ),
    "the buyer's problem": lambda pages: pages.problem(TokenExpiredError()),
    "our problem": lambda pages: pages.problem(MarketplaceOutageError()),
}


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def aws(house: Meterhouse) -> Nameless:
    return Nameless(house.subscribe())


@pytest.fixture
def page(house: Meterhouse, aws: Nameless) -> Iterator[ServedPage]:
    register = replace(house.register_customer(), marketplace=aws)
    with serving_page(RegistrationWeb(register, Pages(BRAND), house.report, "")) as served:
        yield served


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages look again every second."""
    monkeypatch.setattr("meterhouse.web.registration.LOOK_AGAIN_SECONDS", 1)


def show(page: ServedPage, brand: Brand, name: str) -> str:
    html = PAGES[name](Pages(brand))
    page.shown = WebAnswer(200, html, brand.headers)
    return html


def show_instead(page: ServedPage, html: str) -> None:
    page.shown = WebAnswer(200, html, BRAND.headers)


def come_from_aws(browser: Chrome, page: ServedPage, title: str) -> None:
    """Let a page of another site post a token, as AWS's does."""
    # Another name of the loopback is another site.
    browser.get(page.url.replace("127.0.0.1", "localhost").replace("register", "elsewhere"))
    browser.find_element(By.TAG_NAME, "button").click()
    wait_for_title(browser, title)


def wait_for_title(browser: Chrome, words: str) -> None:
    WebDriverWait(browser, PAGE_SECONDS_MAX).until(lambda one: words in one.title)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", ["#14558f", "#ffff66", "#777777"])
def test_axe_finds_nothing_on_any_page(
    browser: Chrome, page: ServedPage, accent: str, scheme: str
) -> None:
    set_scheme(browser, scheme)
    for name in PAGES:
        show(page, replace(BRAND, accent_colour=accent), name)
        browser.get(page.url)
        assert complaints(browser) == [], name


def test_axe_finds_what_is_wrong(browser: Chrome, page: ServedPage) -> None:
    """Without this the test above might pass over anything."""
    html = show(page, BRAND, "the form")
    show_instead(page, html.replace("<label", "<p").replace("</label", "</p"))
    browser.get(page.url)

    assert any(one.startswith("label:") for one in complaints(browser))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_window_of_320_pixels(browser: Chrome, page: ServedPage, name: str) -> None:
    show(page, replace(BRAND, seller_name="W" * 80), name)
    set_width(browser, 320)
    try:
        browser.get(page.url)
        wide = browser.execute_script("return document.documentElement.scrollWidth")
    finally:
        set_width(browser, 1280)
    assert wide <= 320


def test_the_keyboard_is_enough(browser: Chrome, page: ServedPage, house: Meterhouse) -> None:
    come_from_aws(browser, page, "Complete your registration")
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    named = []
    for text in ("ada@example.com", "Engines", "Ada"):
        focused = browser.switch_to.active_element
        named.append(focused.get_attribute("name"))
        focused.send_keys(text, Keys.TAB)
    assert named == list(CONTACT_FIELDS)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_for_title(browser, "You are registered")

    (contact,) = house.subscriptions.contacts.values()
    assert (contact.email, contact.company, contact.name) == ("ada@example.com", "Engines", "Ada")


def test_a_problem_has_the_focus_at_its_field(browser: Chrome, page: ServedPage) -> None:
    come_from_aws(browser, page, "Complete your registration")
    # The browser itself would let nobody send such an address.
    browser.execute_script("document.forms[0].noValidate = true")
    browser.find_element(By.NAME, "email").send_keys("ada@", Keys.ENTER)
    wait_for_title(browser, "Problem: ")
    # A browser gives the focus once it has drawn the page.
    WebDriverWait(browser, PAGE_SECONDS_MAX).until(
        lambda one: one.switch_to.active_element.get_attribute("name") == "email"
    )

    described = browser.switch_to.active_element.get_attribute("aria-describedby")
    assert described is not None
    assert "not an e-mail address" in browser.find_element(By.ID, described).text


@pytest.mark.usefixtures("hurry")
def test_a_page_looks_again_by_itself_until_aws_has_confirmed(
    browser: Chrome, page: ServedPage, house: Meterhouse, aws: Nameless
) -> None:
    come_from_aws(browser, page, "Complete your registration")
    browser.find_element(By.NAME, "email").send_keys("ada@example.com", Keys.ENTER)
    wait_for_title(browser, "You are registered, AWS confirms")
    WebDriverWait(browser, PAGE_SECONDS_MAX).until(
        lambda _: page.requests.count("GET /register?status") > 1
    )
    assert "AWS confirms your subscription…" in text_of(browser)

    confirm(house, aws.agreement)
    WebDriverWait(browser, PAGE_SECONDS_MAX).until(
        lambda one: "Your subscription is active" in text_of(one)
    )
    assert aws.asked == 1
    assert page.requests.count("POST /register") == 2


def test_a_page_stops_looking_when_it_is_told_to(browser: Chrome, page: ServedPage) -> None:
    come_from_aws(browser, page, "Complete your registration")
    browser.find_element(By.NAME, "email").send_keys("ada@example.com", Keys.ENTER)
    wait_for_title(browser, "You are registered, AWS confirms")

    browser.find_element(By.LINK_TEXT, "stop looking").click()

    WebDriverWait(browser, PAGE_SECONDS_MAX).until(
        lambda one: "does not look again by itself" in text_of(one)
    )
    browser.find_element(By.LINK_TEXT, "Look now, and go on looking").click()
    WebDriverWait(browser, PAGE_SECONDS_MAX).until(lambda one: "stop looking" in text_of(one))


@pytest.mark.usefixtures("hurry")
def test_a_first_page_that_is_the_last_looks_again_too(browser: Chrome, page: ServedPage) -> None:
    """The cookie comes with an answer to another site's post."""
    page.web = replace(page.web, pages=Pages(BRAND, ()))
    come_from_aws(browser, page, "You are registered, AWS confirms")

    WebDriverWait(browser, PAGE_SECONDS_MAX).until(
        lambda _: page.requests.count("GET /register?status") > 1
    )
    assert "AWS confirms your subscription…" in text_of(browser)


def test_the_policy_lets_the_style_apply_and_nothing_else(
    browser: Chrome, page: ServedPage
) -> None:
    read_log(browser)
    html = show(page, BRAND, "the form")
    browser.get(page.url)
    assert read_log(browser) == []
    button = browser.find_element(By.TAG_NAME, "button")
    assert button.value_of_css_property("background-color") == "rgba(20, 85, 143, 1)"

    show_instead(page, html.replace("<h1>", '<script>document.title="!"</script><h1>'))
    browser.get(page.url)
    assert browser.title != "!"
    assert any("Content Security Policy" in one for one in read_log(browser))
