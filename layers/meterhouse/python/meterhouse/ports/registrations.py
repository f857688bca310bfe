"""What a registration needs of AWS Marketplace: its Metering, and its Agreement API."""

from typing import Protocol

from meterhouse.domain.subscriptions.registration import KnownContact, Letter
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer


class Marketplace(Protocol):
    """AWS Marketplace Metering as a registration needs it."""

    def resolve_customer(self, token: str) -> ResolvedCustomer:
        """Resolve a registration token.

        Raises TokenInvalidError, TokenExpiredError or one of the MarketplaceError family.
        """


class AgreementContacts(Protocol):
    """The Agreement API as a registration needs it, where it is asked at all."""

    def known_contact(self, agreement_id: str) -> KnownContact:
        """Return whom the buyer named to AWS; the contact is empty where AWS has none.

        Raises one of the MarketplaceError family.
        """


class Mail(Protocol):
    """Amazon SES, where a sender is configured."""

    def send(self, letter: Letter) -> None:
        """Hand a letter over; raises LetterNotSentError, which names no address."""
