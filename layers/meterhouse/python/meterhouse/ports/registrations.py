"""What a registration needs of AWS Marketplace Metering."""

from typing import Protocol

from meterhouse.domain.subscriptions.subscription import ResolvedCustomer


class Marketplace(Protocol):
    """AWS Marketplace Metering as a registration needs it."""

    def resolve_customer(self, token: str) -> ResolvedCustomer:
        """Resolve a registration token.

        Raises TokenInvalidError, TokenExpiredError or one of the MarketplaceError family.
        """
