"""The settings of `register_customer`, read from the environment and checked when first used."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhouse.runtime.environ import names, text


@dataclass(frozen=True, slots=True)
class RegistrationSettings:
    """What `register_customer` needs; without `signup_url` it shows its own page."""

    subscriptions_table: str
    legacy_products: frozenset[str]
    signup_url: str
    support_contact: str
    seller_name: str


def read_registration_settings(environ: Mapping[str, str]) -> RegistrationSettings:
    """Read the settings of `register_customer`; raises SettingsError naming the variable."""
    return RegistrationSettings(
        subscriptions_table=text(environ, "SUBSCRIPTIONS_TABLE"),
        legacy_products=names(environ, "LEGACY_PRODUCT_CODES"),
        signup_url=environ.get("SIGNUP_URL", ""),
        support_contact=text(environ, "SUPPORT_CONTACT"),
        seller_name=text(environ, "SELLER_NAME"),
    )
