"""The pages that a buyer sees: escaped, without script, and of use."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.subscriptions.state import Phase
from meterhouse.errors import (
    ContactInvalidError,
    MarketplaceOutageError,
    MeterhouseError,
    TokenExpiredError,
)
from meterhouse.use_cases.subscriptions.register_customer import Registered
from meterhouse.web.brand import Brand
from meterhouse.web.registration_pages import Pages, signup_location

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>${seller}$title&lt;"
PAGES = Pages(Brand("Example & Söhne", "support@example.com"))


class Reader(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.values: dict[str, str] = {}
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        found = dict(attrs)
        if tag == "input":
            self.values[found["name"] or ""] = found.get("value") or ""

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def hostile_pages() -> list[str]:
    hostile = Pages(Brand(HOSTILE, HOSTILE, terms_url=HOSTILE))
    fields = dict.fromkeys(("email", "company", "name"), HOSTILE)
    return [
        hostile.contact_form(HOSTILE, fields=fields, problem=ContactInvalidError(HOSTILE)),
        hostile.confirmation(email=HOSTILE, phase=Phase.ACTIVE),
        hostile.explanation(),
        hostile.problem(TokenExpiredError(HOSTILE)),
    ]


@pytest.mark.parametrize("page", hostile_pages(), ids=["form", "confirmed", "explained", "problem"])
def test_hostile_input_is_text_and_nothing_else(page: str) -> None:
    found = read(page)

    assert "script" not in found.tags
    assert "img" not in found.tags
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert not [value for _, value in found.attributes if (value or "").startswith("javascript:")]
    assert "<script" not in page


def test_a_form_that_comes_back_holds_what_was_typed() -> None:
    page = PAGES.contact_form(
        "reference", fields={"email": HOSTILE, "name": "Ada"}, problem=ContactInvalidError()
    )

    found = read(page)
    assert found.values == {
        "registration": "reference",
        "email": HOSTILE,
        "company": "",
        "name": "Ada",
    }
    assert ContactInvalidError.public_message in found.text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00")))
def test_any_text_survives_in_the_form_unchanged(text: str) -> None:
    page = PAGES.contact_form("r", fields={"company": text}, problem=None)

    assert read(page).values["company"] == text


def test_the_form_posts_to_where_it_came_from_and_asks_for_an_address() -> None:
    page = PAGES.contact_form("reference", fields={}, problem=None)

    found = read(page)
    assert ("method", "post") in found.attributes
    assert dict(found.attributes)["action"] in {"", None}
    assert ("type", "email") in found.attributes
    assert ContactInvalidError.public_message not in found.text


@pytest.mark.parametrize("error", [TokenExpiredError, MarketplaceOutageError])
def test_a_problem_tells_the_buyer_what_to_do_and_nothing_about_its_cause(
    error: type[MeterhouseError],
) -> None:
    found = read(PAGES.problem(error("internal cause")))

    assert error.public_message in found.text
    assert "internal cause" not in found.text
    assert "support@example.com" in found.text


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (Phase.PENDING, "AWS confirms your subscription…"),
        (Phase.ACTIVE, "active"),
        (Phase.ENDED, "ended"),
    ],
)
def test_the_last_page_says_what_the_subscription_is_at(phase: Phase, words: str) -> None:
    found = read(PAGES.confirmation(email="ada@example.com", phase=phase))

    assert words in found.text
    assert "ada@example.com" in found.text
    assert "Example & Söhne" in found.text


@pytest.mark.parametrize(
    ("contact", "target"),
    [
        ("support@example.com", "mailto:support@example.com"),
        ("https://example.com/help?a=1&b=2", "https://example.com/help?a=1&b=2"),
    ],
)
def test_support_is_reached_by_mail_or_by_a_page(contact: str, target: str) -> None:
    page = Pages(Brand("Example", contact)).explanation()

    assert ("href", target) in read(page).attributes


def test_no_page_loads_anything_from_anywhere() -> None:
    for page in hostile_pages():
        assert not {"script", "link", "iframe", "object"} & set(read(page).tags)
        assert not [name for name, _ in read(page).attributes if name == "src"]


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://example.com", "https://example.com?registration=r-1_x"),
        ("https://example.com/signup", "https://example.com/signup?registration=r-1_x"),
        ("https://example.com/s?plan=a", "https://example.com/s?plan=a&registration=r-1_x"),
        ("https://example.com/s#top", "https://example.com/s?registration=r-1_x#top"),
    ],
)
def test_the_reference_is_added_to_the_sellers_own_address(url: str, location: str) -> None:
    assert signup_location(url, "r-1_x") == location


@pytest.mark.parametrize(
    ("is_returning", "has_others", "words"),
    [
        (False, False, "has told us about your subscription"),
        (True, False, "registered this subscription before"),
        (False, True, "another subscription of an AWS account"),
    ],
)
def test_the_form_greets_whoever_comes(words: str, *, is_returning: bool, has_others: bool) -> None:
    registered = Registered(
        "reference", Phase.PENDING, is_returning=is_returning, has_others=has_others
    )

    found = read(PAGES.contact_form("reference", fields={}, registered=registered))

    assert words in found.text
    assert "AWS confirms your subscription…" in found.text


@pytest.mark.parametrize(
    "asked", [("email",), ("email", "name"), ("email", "company", "name")], ids=" ".join
)
def test_the_form_asks_for_what_is_configured_and_for_nothing_else(asked: tuple[str, ...]) -> None:
    known = {"email": "ada@example.com", "company": "Engines", "name": "Ada"}
    pages = Pages(Brand("Example", "support@example.com"), frozenset(asked))

    found = read(pages.contact_form("reference", fields=known))

    assert found.values == {"registration": "reference"} | {name: known[name] for name in asked}


def test_every_field_has_a_label() -> None:
    found = read(PAGES.contact_form("reference", fields={}))

    named = {value for name, value in found.attributes if name == "for"}
    assert named == found.values.keys() - {"registration"}


def test_a_problem_is_tied_to_its_field_and_told_by_the_title() -> None:
    page = PAGES.contact_form("reference", fields={}, problem=ContactInvalidError())

    found = read(page)
    assert "<title>Problem: Complete your registration" in page
    assert ("aria-invalid", "true") in found.attributes
    assert ("aria-describedby", "email-problem") in found.attributes
    assert ("id", "email-problem") in found.attributes
    assert ("href", "#email") in found.attributes
    assert [name for name, _ in found.attributes].count("autofocus") == 1


def test_a_page_that_looks_again_can_be_told_to_stop_and_to_go_on() -> None:
    looking = PAGES.confirmation(email="", phase=Phase.PENDING)
    still = PAGES.confirmation(email="", phase=Phase.PENDING, is_looking=False)

    assert {("href", "?status"), ("href", "?status=still")} <= {*read(looking).attributes}
    assert ("href", "?status") in read(still).attributes
    assert "does not look again" in read(still).text
    # A refresh in the page is one that nobody can stop: https://www.w3.org/WAI/WCAG22/Techniques/failures/F41
    assert "http-equiv" not in looking + still
    assert "?status" not in PAGES.confirmation(email="", phase=Phase.ACTIVE)
