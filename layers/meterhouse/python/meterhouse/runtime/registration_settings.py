"""The settings of `register_customer`, read from the environment and checked when first used."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhouse.runtime.environ import flag, names, text


@dataclass(frozen=True, slots=True)
class RegistrationSettings:
    """What `register_customer` needs; without `signup_url` it shows its own page.

    `asks_contacts` tells to ask AWS what that page's form begins with; the seller's own sign-up
    page is told nothing of it, so that nothing is asked for it.
    """

    subscriptions_table: str
    legacy_products: frozenset[str]
    signup_url: str
    support_contact: str
    seller_name: str
    asks_contacts: bool


def read_registration_settings(environ: Mapping[str, str]) -> RegistrationSettings:
    """Read the settings of `register_customer`; raises SettingsError naming the variable."""
    signup_url = environ.get("SIGNUP_URL", "")
    return RegistrationSettings(
        subscriptions_table=text(environ, "SUBSCRIPTIONS_TABLE"),
        legacy_products=names(environ, "LEGACY_PRODUCT_CODES"),
        signup_url=signup_url,
        support_contact=text(environ, "SUPPORT_CONTACT"),
        seller_name=text(environ, "SELLER_NAME"),
        asks_contacts=flag(environ, "ASK_AGREEMENT_CONTACTS") and not signup_url,
    )
