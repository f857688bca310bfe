"""The role in which AWS Marketplace is called, if its calls go to another account."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhouse.runtime.environ import text


@dataclass(frozen=True, slots=True)
class MarketplaceRole:
    """A role of the account that publishes the product, and what its trust policy asks for."""

    arn: str
    external_id: str


def read_marketplace_role(environ: Mapping[str, str]) -> MarketplaceRole | None:
    """Read the role in which AWS Marketplace is called; None means the function's own."""
    arn = environ.get("MARKETPLACE_ROLE_ARN", "")
    if not arn:
        return None
    return MarketplaceRole(arn, text(environ, "MARKETPLACE_ROLE_EXTERNAL_ID"))
