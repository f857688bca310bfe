"""The settings of `register_customer`, read from the environment and checked when first used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from meterhouse.domain.subscriptions.registration import CONTACT_FIELDS
from meterhouse.errors import SettingsError
from meterhouse.runtime.environ import flag, names, text
from meterhouse.runtime.tracking_settings import reads_entitlements
from meterhouse.web.brand import ACCENT_COLOUR, Brand

# A host, perhaps with a port, and no character that ends a word in HTML, CSS or a header.
_ADDRESS = r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!#-;=?-~]*)?"
# While it is developed a sign-up page may do without TLS; where, the template says.
_SIGNUP_ADDRESS = _ADDRESS.replace("https", "https?")
_MAILBOX = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
_COLOUR = "#[0-9A-Fa-f]{6}"


@dataclass(frozen=True, slots=True)
class RegistrationSettings:
    """What `register_customer` needs; without `signup_url` it shows its own page.

    `contact_fields` are what that page's form asks for, and if there are none there is no form.
    `asks_contacts` tells to ask AWS what the form begins with; the seller's own sign-up page is
    told nothing of it, so that nothing is asked for it. `reads_entitlements` tells to ask AWS what
    the buyer's contract holds. Without `sender` no e-mail is sent.
    """

    subscriptions_table: str
    legacy_products: frozenset[str]
    signup_url: str
    brand: Brand
    contact_fields: frozenset[str]
    asks_contacts: bool
    reads_entitlements: bool
    sender: str


def read_registration_settings(environ: Mapping[str, str]) -> RegistrationSettings:
    """Read the settings of `register_customer`; raises SettingsError naming the variable."""
    signup_url, fields = _read_signup_url(environ), _read_contact_fields(environ)
    return RegistrationSettings(
        subscriptions_table=text(environ, "SUBSCRIPTIONS_TABLE"),
        legacy_products=names(environ, "LEGACY_PRODUCT_CODES"),
        signup_url=signup_url,
        brand=_read_brand(environ),
        contact_fields=fields,
        asks_contacts=flag(environ, "ASK_AGREEMENT_CONTACTS") and not signup_url and bool(fields),
        reads_entitlements=reads_entitlements(environ),
        sender=_matching(environ, "CONFIRMATION_SENDER", "an e-mail address", _MAILBOX),
    )


def _read_brand(environ: Mapping[str, str]) -> Brand:
    contact = text(environ, "SUPPORT_CONTACT")
    _matching(environ, "SUPPORT_CONTACT", "an e-mail address or an https URL", _MAILBOX, _ADDRESS)
    return Brand(
        seller_name=text(environ, "SELLER_NAME"),
        support_contact=contact,
        logo_url=_matching(environ, "LOGO_URL", "an https URL", _ADDRESS),
        accent_colour=_matching(environ, "ACCENT_COLOUR", "# and six hexadecimal digits", _COLOUR)
        or ACCENT_COLOUR,
        terms_url=_matching(environ, "TERMS_URL", "an https URL", _ADDRESS),
    )


def _read_signup_url(environ: Mapping[str, str]) -> str:
    url = _matching(environ, "SIGNUP_URL", "an https URL", _SIGNUP_ADDRESS)
    # Of two parameters of one name the seller's page might read the wrong one.
    if "registration" in parse_qs(urlsplit(url).query, keep_blank_values=True):
        raise SettingsError("SIGNUP_URL must have no parameter registration of its own")
    return url


def _read_contact_fields(environ: Mapping[str, str]) -> frozenset[str]:
    fields = names(environ, "CONTACT_FIELDS")
    if not fields <= {*CONTACT_FIELDS} or (fields and "email" not in fields):
        known = ", ".join(CONTACT_FIELDS)
        raise SettingsError(f"CONTACT_FIELDS must be empty, or email and others of {known}")
    return fields


def _matching(environ: Mapping[str, str], name: str, what: str, *forms: str) -> str:
    value = environ.get(name, "")
    if value and not any(re.fullmatch(form, value) for form in forms):
        raise SettingsError(f"{name} must be {what}, not {value!a}")
    return value
