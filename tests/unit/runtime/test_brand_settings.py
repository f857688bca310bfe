"""What of the registration page a seller may choose, and what is refused."""

import re

import pytest

from meterhouse.errors import SettingsError
from meterhouse.runtime.registration_settings import read_registration_settings
from meterhouse.web.brand import Brand
from tests.template.cloudformation import document

REGISTRATION = {
    "SUBSCRIPTIONS_TABLE": "subscriptions",
    "SIGNUP_URL": "",
    "SUPPORT_CONTACT": "support@example.com",
    "SELLER_NAME": "Example",
    "CONTACT_FIELDS": "email,company,name",
    "ASK_AGREEMENT_CONTACTS": "false",
    "READ_ENTITLEMENTS": "true",
}


def test_without_a_form_aws_is_not_asked_what_it_begins_with() -> None:
    environ = REGISTRATION | {
        "ASK_AGREEMENT_CONTACTS": "true",
        "SIGNUP_URL": "",
        "CONTACT_FIELDS": "",
    }

    assert read_registration_settings(environ).asks_contacts is False


def test_the_brand_is_read() -> None:
    environ = REGISTRATION | {
        "LOGO_URL": "https://cdn.example.com:8443/a/logo.svg?v=2",
        "ACCENT_COLOUR": "#Ff8800",
        "TERMS_URL": "https://example.com",
        "CONFIRMATION_SENDER": "hello@mail.example.com",
        "CONTACT_FIELDS": "email",
    }

    settings = read_registration_settings(environ)

    assert settings.brand == Brand(
        "Example",
        "support@example.com",
        "https://cdn.example.com:8443/a/logo.svg?v=2",
        "#Ff8800",
        "https://example.com",
    )
    assert settings.sender == "hello@mail.example.com"
    assert settings.contact_fields == {"email"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOGO_URL", "http://example.com/logo.png"),
        ("LOGO_URL", "https://user@example.com/logo.png"),
        ("LOGO_URL", "https://example.com;img-src */"),
        ("LOGO_URL", 'https://example.com/"onerror='),
        ("LOGO_URL", "https://example.com/\r\nSet-Cookie: a=b"),
        ("LOGO_URL", "https://example.com/\n"),
        ("ACCENT_COLOUR", "red"),
        ("ACCENT_COLOUR", "#fff"),
        ("ACCENT_COLOUR", "#14558f; } body { display: none"),
        ("TERMS_URL", "javascript:alert(1)"),
        ("SIGNUP_URL", "//example.com/signup"),
        ("SIGNUP_URL", "https://example.com/?a=1&registration=mine"),
        ("SIGNUP_URL", "https://example.com/?registration"),
        ("SUPPORT_CONTACT", "javascript:alert(1)"),
        ("CONFIRMATION_SENDER", "a@example.com,b@example.com"),
        ("CONFIRMATION_SENDER", "a@example.com\nBcc: b@example.com"),
        ("CONTACT_FIELDS", "name"),
        ("CONTACT_FIELDS", "email,shoe_size"),
    ],
)
def test_what_would_make_a_page_unsafe_or_senseless_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_registration_settings(REGISTRATION | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SignupUrl", "http://example.com/signup"),
        ("SignupUrl", "http://localhost.example.com/"),
        ("SignupUrl", "http://localhost@example.com/"),
        ("SignupUrl", "https://user@example.com/"),
        ("LogoUrl", "https://example.com/<svg>"),
        ("LogoUrl", "https://example.com;img-src"),
        ("AccentColour", "#fff"),
        ("TermsUrl", "javascript:alert(1)"),
        ("SupportContact", "javascript:alert(1)"),
        ("ConfirmationSender", "a@example.com,b@example.com"),
    ],
)
def test_the_template_refuses_it_before_anything_is_deployed(name: str, value: str) -> None:
    pattern = document()["Parameters"][name]["AllowedPattern"]

    assert not re.search(pattern, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SignupUrl", "https://example.com/signup?plan=a#/form"),
        ("SignupUrl", "http://localhost:3000/signup"),
        ("LogoUrl", "https://cdn.example.com/logo.svg?v=2"),
        ("AccentColour", "#Ff8800"),
        ("TermsUrl", "https://example.com"),
        ("SupportContact", "https://example.com/help"),
        ("ConfirmationSender", "hello@mail.example.com"),
    ],
)
def test_the_template_takes_what_the_page_takes(name: str, value: str) -> None:
    pattern = document()["Parameters"][name]["AllowedPattern"]
    variable = re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()

    assert re.search(pattern, value)
    read_registration_settings(REGISTRATION | {variable: value})
