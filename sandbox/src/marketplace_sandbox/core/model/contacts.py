"""The contact that a buyer leaves when accepting an offer."""

import re
from dataclasses import dataclass

from marketplace_sandbox.core.model.errors import invalid

# PersonName, ContactCompanyName, EmailAddress and CountryCode in the model.
_PERSON_LENGTH_MAX = 80
_COMPANY_LENGTH_MAX = 256
_EMAIL_LENGTH_MAX = 255
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Contact:
    """Who speaks for the buyer."""

    first_name: str
    last_name: str
    email_address: str
    company_name: str
    country_code: str


def check_contact(contact: Contact) -> None:
    """Raise ControlError unless AWS's model allows the contact."""
    for name, length_max in (
        ("first_name", _PERSON_LENGTH_MAX),
        ("last_name", _PERSON_LENGTH_MAX),
        ("company_name", _COMPANY_LENGTH_MAX),
    ):
        text = getattr(contact, name)
        if not 1 <= len(text) <= length_max or not text.isprintable():
            raise invalid(f"{name} must have 1 to {length_max} printable characters")
    email = contact.email_address
    if len(email) > _EMAIL_LENGTH_MAX or _EMAIL.fullmatch(email) is None:
        raise invalid("email_address must be one, such as anna@example.com")
    if _COUNTRY.fullmatch(contact.country_code) is None:
        raise invalid("country_code must be two capital letters, such as DE")
