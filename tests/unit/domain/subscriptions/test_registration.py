"""Contact details as buyers type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.subscriptions.registration import (
    FIELD_LENGTH_MAX,
    Contact,
    KnownContact,
    read_contact,
    read_known_contact,
    sha256_hex,
)
from meterhouse.errors import ContactInvalidError


def test_spaces_and_control_characters_are_tidied_away() -> None:
    contact = read_contact("  ada@example.com\n", "\tAnalytical\r\n Engines ", "Ada\x00 Lovelace")

    assert contact == Contact("ada@example.com", "Analytical Engines", "Ada Lovelace")


@pytest.mark.parametrize(
    "email",
    [
        *("a@b.co", "first.last+tag@sub.example.com", "o'hara@example.ie", "用户@例子.公司"),
        "x" * 64 + "@example.com",
    ],
)
def test_an_address_that_may_exist_is_taken(email: str) -> None:
    assert read_contact(email, "", "").email == email


@pytest.mark.parametrize(
    "email",
    [
        *("", " ", "ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "a@b@c.com"),
        *("ada lovelace@example.com", "ada@.com", "ada@example.c", "ada@exam ple.com"),
        *("\x00", "\ud800", "x" * 65 + "@example.com"),
    ],
    ids=repr,
)
def test_an_address_that_cannot_exist_is_refused(email: str) -> None:
    with pytest.raises(ContactInvalidError):
        read_contact(email, "Engines", "Ada")


def test_an_address_that_is_too_long_is_refused_and_not_cut_into_somebody_elses() -> None:
    address = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.company.example"
    assert len(address) > FIELD_LENGTH_MAX

    with pytest.raises(ContactInvalidError):
        read_contact(address, "", "")


def test_other_fields_may_be_empty_and_are_cut_to_a_bounded_length() -> None:
    contact = read_contact("ada@example.com", "", "n" * 5_000)

    assert (contact.company, len(contact.name)) == ("", FIELD_LENGTH_MAX)


def test_markup_is_kept_as_text_because_pages_escape_it() -> None:
    assert read_contact("a@b.co", "<script>", "").company == "<script>"


def test_the_digest_recognises_exactly_the_same_details() -> None:
    contact = read_contact("ada@example.com", "Engines", "Ada")

    assert contact.digest_with("reference") == read_contact(
        " ada@example.com ", "Engines", "Ada"
    ).digest_with("reference")
    assert contact.digest_with("reference") != read_contact(
        "ada@example.com", "Engines Ada", ""
    ).digest_with("reference")
    assert contact.digest_with("reference") != read_contact(
        "ada@example.com", "Ada", "Engines"
    ).digest_with("reference")


def test_the_digest_tells_where_one_detail_ends_and_the_next_begins() -> None:
    contact = read_contact("ada@example.com", "Engines", "Ada")

    assert contact.digest_with("reference") != read_contact(
        "ada@example.com", "EnginesAda", ""
    ).digest_with("reference")
    assert contact.digest_with("reference") != read_contact(
        "ada@example.com", "", "EnginesAda"
    ).digest_with("reference")
    assert contact.digest_with("reference") != read_contact(
        "ada@example.comEngines", "", "Ada"
    ).digest_with("reference")


def test_what_aws_knows_is_tidied_like_a_form() -> None:
    known = read_known_contact(
        email=" ada@example.com\n", company="<b>A\x00 B</b>", name=" Ada  L "
    )

    assert known == KnownContact("ada@example.com", "<b>A B</b>", "Ada L")


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"email": "ada@example"}, {"email": ""}),
        ({"email": f"{'a' * 64}@{'b' * 60}.{'c' * 60}.company.example"}, {"email": ""}),
        ({"company": "c" * 200}, {"company": "c" * 200}),
        ({"company": "c" * 201}, {"company": ""}),
        ({"name": "n" * 201}, {"name": ""}),
        ({"email": "", "company": "\ud800", "name": " "}, {"email": "", "company": "", "name": ""}),
    ],
    ids=[
        "no address",
        "an address that is too long",
        "a company as long as may be",
        "a company that is too long",
        "a name that is too long",
        "nothing that can be written",
    ],
)
def test_of_what_aws_knows_only_what_fits_is_filled_in(
    given: dict[str, str], left: dict[str, str]
) -> None:
    whole = {"email": "ada@example.com", "company": "Engines", "name": "Ada"}

    assert read_known_contact(**whole | given) == KnownContact(**whole | left)


@given(st.text(), st.text(), st.text())
def test_any_form_is_either_taken_or_refused(email: str, company: str, name: str) -> None:
    try:
        contact = read_contact(email, company, name)
    except ContactInvalidError:
        return
    for field in (contact.email, contact.company, contact.name):
        assert len(field) <= FIELD_LENGTH_MAX
        assert field == field.strip()
        assert field.encode().decode() == field
        assert "\n" not in field


def test_a_reference_is_stored_by_a_digest_from_which_it_cannot_be_read() -> None:
    assert sha256_hex("reference") != sha256_hex("reference2")
    assert len(sha256_hex("reference")) == 64
