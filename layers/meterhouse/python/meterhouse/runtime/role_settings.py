"""The role in which AWS Marketplace is called, if its calls go to another account."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhouse.runtime.environ import text


@dataclass(frozen=True, slots=True)
class MarketplaceRole:
    """A role of the account that publishes the product, and what its trust policy asks for."""

    arn: str
    external_id: str


def read_marketplace_role(environ: Mapping[str, str]) -> MarketplaceRole:
    """Read the role to call AWS Marketplace in; raises SettingsError naming the variable."""
    return MarketplaceRole(
        text(environ, "MARKETPLACE_ROLE_ARN"), text(environ, "MARKETPLACE_ROLE_EXTERNAL_ID")
    )
